"""Moments at which a browser can be killed exactly, as scripts that run before a page's own.

A page that gets there asks for `/die` and waits for the answer with everything it does standing
still; what stands between phone and server kills the browser instead of answering. The page alone
sends: behind it the browser would do the same where no script of ours can stand.
"""

HEAD = """
delete globalThis.SyncManager;
const die = () => { const ask = new XMLHttpRequest(); ask.open("GET", "/die", false); ask.send(); };
const before = (kind, name, when) => {
  const was = kind.prototype[name];
  kind.prototype[name] = function (...told) { if (when(this, ...told)) die(); return was.apply(this, told); };
};
const after = (kind, name, then) => {
  const was = kind.prototype[name];
  kind.prototype[name] = function (...told) { const made = was.apply(this, told); then(made, this, ...told); return made; };
};
"""  # noqa: E501
MOMENTS = {
    # Between the tap on "save" and the end of the transaction.
    "tapped": 'document.addEventListener("submit", die, true);',
    "begun": 'before(IDBObjectStore, "add", ({ name }) => name === "items");',
    "item written": 'before(IDBObjectStore, "add", ({ name }) => name === "files");',
    "committing": """after(IDBObjectStore, "add", (made, { name }) => {
  if (name === "files") made.addEventListener("success", () => setTimeout(die));
});""",
    "committed": """after(IDBObjectStore, "add", (made, { name, transaction }) => {
  if (name === "files") transaction.addEventListener("complete", die);
});""",
    # Between an answer and what the phone writes down of it.
    "record answered": 'before(IDBObjectStore, "put", ({ name }, { acked }) => name === "items" && acked);',  # noqa: E501
    "photo answered": 'before(IDBObjectStore, "delete", ({ name }) => name === "files");',
    "all answered": 'before(IDBObjectStore, "delete", ({ name }) => name === "items");',
}


def script(moment: str) -> str:
    """What a page runs first to die at that moment."""
    return f"{{{HEAD}{MOMENTS[moment]}}}"
