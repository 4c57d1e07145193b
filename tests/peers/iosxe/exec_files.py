"""`dir`, `delete`, `copy` and `mkdir`, as far as captures need them."""

from typing import TYPE_CHECKING

from .flash import Flash, NoSpace, NoSuchFile
from .words import Refused, Words

if TYPE_CHECKING:
    from .shell import Shell


def dir_(shell: "Shell", words: Words) -> None:
    url = words.word("flash:") if words.more else shell.device.family.prefix
    words.end()
    shell.io.write(_missing_refused(shell, "opening", url, lambda: shell.device.flash.listing(url)))


def _shown(shell: "Shell", url: str) -> str:
    prefix, path = shell.device.flash.split(url, shell.device.family.prefix)
    return f"{prefix}/{path}"


def _missing_refused(shell: "Shell", doing: str, url: str, action):
    try:
        if not Flash.is_local(url):
            raise NoSuchFile(url)
        return action()
    except NoSuchFile:
        raise Refused(f"%Error {doing} {_shown(shell, url)} (No such file or directory)\n") from None


def delete(shell: "Shell", words: Words) -> None:
    force = False
    while words.peek().startswith("/"):
        option = words.keyword("/force", "/recursive")
        force = force or option == "/force"
    url = words.word("flash:FILE")
    words.end()
    ask = not force and not shell.device.config.file_prompt_quiet
    if ask:
        name = _shown(shell, url).partition("/")[2]
        url = url.partition(":")[0] + ":" + shell.io.ask(f"Delete filename [{name}]? ", name)
    files = _missing_refused(shell, "deleting", url, lambda: shell.device.flash.matching(url))
    if not files:
        raise Refused(f"%Error deleting {_shown(shell, url)} (No such file or directory)\n")
    for file in files:
        where = f"{shell.device.flash.split(url)[0]}/{file.relative_to(shell.device.flash.root)}"
        if not ask or shell.io.confirm(f"Delete {where}? [confirm]"):
            file.unlink(missing_ok=True)


def mkdir(shell: "Shell", words: Words) -> None:
    url = words.word("flash:FOLDER")
    words.end()
    name = _shown(shell, url).partition("/")[2]
    if not shell.device.config.file_prompt_quiet:
        shell.io.ask(f"Create directory filename [{name}]? ", name)
    path = _missing_refused(shell, "Creating dir", url, lambda: shell.device.flash.path(url))
    if path.exists():
        raise Refused(f"%Error Creating dir {_shown(shell, url)} (Can't create a file that exists)\n")
    path.mkdir()
    shell.io.write(f"Created dir {_shown(shell, url)}\n")


def copy(shell: "Shell", words: Words) -> None:
    source, target = words.word("flash:FILE"), words.word("flash:FILE")
    words.end()
    quiet = shell.device.config.file_prompt_quiet
    if "running-config".startswith(source.lower()) and "startup-config".startswith(target.lower()):
        if not quiet:
            shell.io.ask("Destination filename [startup-config]? ", "startup-config")
        shell.device.save()
        shell.io.write("Building configuration...\n[OK]\n")
        return
    flash = shell.device.flash
    files = _missing_refused(shell, "opening", source, lambda: flash.matching(source))
    if len(files) != 1 or not files[0].is_file():
        raise Refused(f"%Error opening {_shown(shell, source)} (No such file or directory)\n")
    if not Flash.is_local(target):
        raise Refused(f"%Error opening {target} (Timed out)\n")
    if target.endswith((":", "/")):
        target += files[0].name
    if not quiet:
        name = _shown(shell, target).partition("/")[2]
        target = target.partition(":")[0] + ":" + shell.io.ask(f"Destination filename [{name}]? ", name)
    path = _missing_refused(shell, "opening", target, lambda: flash.path(target))
    if path.exists() and not quiet:
        shell.io.write("%Warning:There is a file already existing with this name \n")
        if not shell.io.confirm("Do you want to over write? [confirm]"):
            return
    try:
        octets = flash.copy(files[0], target)
    except NoSpace:
        raise Refused(f"%Error copying {_shown(shell, source)} (No space left on device)\n") from None
    shell.io.write(f"Copy in progress...C\n{octets} bytes copied in 0.012 secs ({octets * 1000 // 12} bytes/sec)\n")
