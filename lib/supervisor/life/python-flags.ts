/** The flag of a Python command that keeps our `sitecustomize` out: -I, -E or -S; undefined where none does (python --help). */
export function isolatingFlag(command: readonly string[]): string | undefined {
  const words = command.slice(1);
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? "";
    // What stands behind the script, a module or a text is the program's own.
    if (!/^-[^-]/.test(word)) return undefined;
    const [, before = "", taking = "", rest = ""] = /^-([^cmWX]*)([cmWX]?)(.*)$/.exec(word) ?? [];
    const flag = /[IES]/.exec(before)?.[0];
    if (flag !== undefined) return `-${flag}`;
    if (taking === "c" || taking === "m") return undefined;
    if (taking !== "" && rest === "") index += 1;
  }
  return undefined;
}
