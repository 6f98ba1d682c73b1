"""What the bodies of commands are made of: strict forms, and free text of a known length."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from libs.events.contracts.values import Attachment, OrgCode


class Form(BaseModel):
    """A command's body: its own fields and no others, each of exactly its type."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class AttachmentForm(Attachment):
    """A file by reference; unlike a reader of facts, a form takes no unknown field."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=6, max_length=2000)]
"""Free text that says something: 6 to 2000 characters between its blanks (lifecycles C0 rule 8, D2)."""
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=200)]
"""A short text such as a place or a name: 2 to 200 characters."""
Subject = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=50)]
"""What it is about in one line: 2 to 50 characters (codes-and-fields D2)."""
Attachments = Annotated[tuple[AttachmentForm, ...], Field(max_length=20)]
Units = Annotated[tuple[OrgCode, ...], Field(max_length=20)]
