"""What metrics is told beyond the settings every service has."""

from ipaddress import ip_address

from pydantic import ValidationInfo, field_validator

from libs.events.settings import Settings as Common


class Settings(Common):
    """Prefix BIHUAN_, as everywhere."""

    open_pages: bool = False
    """Show the pages to everybody who reaches the port; only for a loopback address (a demo)."""

    @field_validator("open_pages")
    @classmethod
    def _only_on_loopback(cls, open_pages: object, others: ValidationInfo) -> object:
        host = others.data.get("host", "")
        if open_pages and host != "localhost" and not ip_address(host).is_loopback:
            raise ValueError("BIHUAN_OPEN_PAGES needs a loopback BIHUAN_HOST: pages show everything")
        return open_pages
