/** That a column differs from one of the texts of $1 at most in case. Names are ASCII: by the rules of another language an I is no i. */
export function alike(column: string): string {
  return `lower(${column} collate "C") = any($1)`;
}

/** The texts as `alike` takes them. */
export function lowered(texts: readonly string[]): readonly string[] {
  return texts.map((text) => text.toLowerCase());
}
