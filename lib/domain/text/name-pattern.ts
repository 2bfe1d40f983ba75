/** Whether a text is a pattern of names: `fut-*` for all that begin so, `?` for one character. */
export function isNamePattern(text: string): boolean {
  return /[*?]/.test(text);
}

/** Whether a name fits the pattern; a pattern without `*` and `?` fits itself alone. */
export function fitsPattern(name: string, pattern: string): boolean {
  let [at, star, resume] = [0, -1, 0];
  for (let letter = 0; letter < name.length; ) {
    const wanted = pattern[at];
    if (wanted === "*") {
      star = at++;
      resume = letter;
    } else if (wanted === "?" || wanted === name[letter]) {
      at++;
      letter++;
    } else if (star >= 0) {
      // The last star takes one letter more; an earlier one never has to.
      at = star + 1;
      letter = ++resume;
    } else return false;
  }
  return /^\**$/.test(pattern.slice(at));
}
