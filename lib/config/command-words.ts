import { type ParseEntry, parse } from "shell-quote";

export type CommandWords =
  | { readonly kind: "words"; readonly words: readonly string[] }
  | { readonly kind: "refused"; readonly why: string };

/** Splits a command text into words, quotes understood, without a shell: what only a shell could do is refused. */
export function splitCommand(text: string): CommandWords {
  const variable = /^\s*([A-Za-z_]\w*)=/.exec(text)?.[1];
  if (variable !== undefined)
    return refused(`only a shell would set ${variable} before the program (env: sets it too)`);
  const words: string[] = [];
  const tokens = tokensOf(text);
  if (tokens === undefined) return refused('"${" has no name or no end');
  for (const token of tokens) {
    if (typeof token === "string") words.push(token);
    else if ("comment" in token) return refused(`"#${token.comment}" would be a comment`);
    else if (token.op === "glob") return refused(`"${token.pattern}" is a pattern that only a shell expands`);
    else if (token.op.startsWith("$"))
      return refused(`"${token.op}" is a variable that only a shell expands`);
    else return refused(`"${token.op}" is an operator that only a shell understands`);
  }
  return words.length === 0 ? refused("it has no word") : { kind: "words", words };
}

/** Undefined for a `${` that no shell would take. */
function tokensOf(text: string): readonly ParseEntry[] | undefined {
  try {
    return parse(text, (name) => ({ op: `$${name}` }));
  } catch {
    return undefined;
  }
}

function refused(what: string): CommandWords {
  return {
    kind: "refused",
    why: `is split into words without a shell, but ${what}; write a list, or [sh, -c, "…"] if you mean a shell`,
  };
}
