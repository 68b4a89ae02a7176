/** What a tag of a cell says: its token, read off a code or out of an address. */

const TOKEN = /(?:^|[/=])(([\w-]{1,32})\.[1-9]\d{0,8}\.[A-Z2-7]{16})$/;

/** { token, code } of scanned text, an address or its fragment; undefined when it is no tag. */
export function tagIn(text) {
  const [, token, code] = TOKEN.exec(text.trim()) ?? [];
  return token ? { token, code } : undefined;
}
