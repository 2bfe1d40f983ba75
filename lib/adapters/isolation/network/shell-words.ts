/** What a step that fails writes before its name, so that the refusal can tell which it was. */
export const stepMark = "launch-step:";

/** One word for the shell, whatever is in it. */
export function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** The call that ends the set-up and names the step that failed. */
export function failStep(step: string): string {
  return `fail ${quote(step)}`;
}
