import asyncio, time, os
from uuid import uuid5
from libs.events.kafka import end_offsets, read_partition
from libs.events.codec import decode_fast
from services.metrics.rebuild import Options, Watch, rebuild
from services.metrics.folding import Folder, Decisions
from tests.integration.metrics.log import written, STAGES
from tests.integration.metrics.test_rebuild import records, STORY
from tests.unit.metrics.histories import MATTER

N = int(os.environ.get("N", "20000"))


async def test_speed(kafka_bootstrap, topics, dsn, store):
    w = written(kafka_bootstrap, topics, partitions=4)
    t = time.perf_counter()
    base = [list(records(i)) for i in range(40)]
    ids = [str(uuid5(MATTER, f"x{i}")) for i in range(N)]
    from tests.integration.metrics.test_rebuild import matter
    from libs.events.kafka import Producer
    from libs.events.store import OutboxRecord

    p = Producer(kafka_bootstrap, patience=60)
    await p.start()
    pos = 0
    for c in range(0, N, 500):
        out = []
        for i in range(c, min(N, c + 500)):
            src = base[i % 40]
            old = str(matter(i % 40)).encode()
            new = ids[i].encode()
            for stage, key, value in src:
                out.append(OutboxRecord(pos, w.topic(stage), new, value.replace(old, new)))
                pos += 1
        await p.publish(out)
    await p.stop()
    print("published", pos, "bytes/event", len(out[-1].value), time.perf_counter() - t)
    ends = await end_offsets(kafka_bootstrap, w.log.topics)
    async with store.use() as c:
        for (topic, part), e in ends.items():
            await c.execute("insert into offsets values($1,$2,$3,1)", topic, part, e)
    for rep in range(3):
        t = time.perf_counter()
        cpu = time.process_time()
        n = 0
        for (topic, part), e in ends.items():
            async for page in read_partition(kafka_bootstrap, topic, part, 0, e):
                n += len(page)
        d = time.perf_counter() - t
        dc = time.process_time() - cpu
        print("drain", n / d, "cpu us/event", dc / n * 1e6)
        t = time.perf_counter()
        cpu = time.process_time()
        n = 0
        for (topic, part), e in ends.items():
            async for page in read_partition(kafka_bootstrap, topic, part, 0, e):
                for _, _, v in page:
                    decode_fast(v)
                n += len(page)
        dd = time.perf_counter() - t
        dc = time.process_time() - cpu
        print("drain+decode", n / dd, "cpu us/event", dc / n * 1e6)
        t = time.perf_counter()
        cpu = time.process_time()
        n = 0
        for part in range(4):
            f = Folder(w.log.topics, Decisions())
            for topic in w.log.topics:
                async for page in read_partition(kafka_bootstrap, topic, part, 0, ends[topic, part]):
                    f.take((topic, part), page)
                    n += len(page)
            f.finish()
        dd = time.perf_counter() - t
        dc = time.process_time() - cpu
        print("drain+decode+fold", n / dd, "cpu us/event", dc / n * 1e6)
        r = []
        for procs in (1, 2):
            began = time.perf_counter()
            marks = {}
            o = await asyncio.to_thread(
                rebuild,
                Options(dsn, w.log, processes=procs, accept=True, verify=False),
                Watch(phase=lambda ph: marks.setdefault(ph, time.perf_counter())),
            )
            print(
                "rebuild",
                procs,
                "rate",
                o.rate,
                "ratio to drain",
                o.rate / (n / d),
                "fold s",
                marks["index"] - marks["fold"],
                "index s",
                marks["compare"] - marks["index"],
                "compare s",
                marks["swap"] - marks["compare"],
                "lock ms",
                o.lock_ms,
                "rows",
                o.rows,
                o.differing,
            )
