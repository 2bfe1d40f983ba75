/** Whether a text is a pattern of names: `fut-*` for all that begin so, `?` for one character. */
export function isNamePattern(text: string): boolean {
  return /[*?]/.test(text);
}

/** Whether a name fits the pattern; a pattern without `*` and `?` fits itself alone. */
export function fitsPattern(name: string, pattern: string): boolean {
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`, "s").test(name);
}
