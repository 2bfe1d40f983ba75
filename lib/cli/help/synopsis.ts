import type { CommandUsage } from "../command.ts";
import type { Flag } from "../parse/flag.ts";
import { shortForms } from "../parse/global-flags.ts";

/** What is typed: `launch account add <name> [flags]`. */
export function synopsis(path: string, { operands = [], flags = {}, command }: CommandUsage): string {
  const places = operands.map(({ name, arity }) =>
    arity === "one" ? `<${name}>` : arity === "optional" ? `[${name}]` : `[${name}…]`,
  );
  const optional = Object.entries(flags).flatMap(([name, flag]) =>
    flag.kind === "text" && flag.isWord && !flag.required ? [`[${name}]`] : [],
  );
  const required = Object.entries(flags).flatMap(([name, flag]) => {
    if (flag.kind !== "text" || !flag.required) return [];
    return [flag.isWord ? `<${name}>` : `--${name} <${flag.value}>`];
  });
  const isFlagged = Object.keys(flags).length > required.length + optional.length;
  const tail = [isFlagged ? "[flags]" : "", command ? "[-- command …]" : ""];
  return ["launch", path, ...places, ...required, ...optional, ...tail]
    .filter((word) => word !== "")
    .join(" ");
}

/** A flag with its short form and what it takes: `-q, --quiet`, `--until <time>`. */
export function flagTerm(name: string, flag: Flag): string {
  const short = shortForms[name] === undefined ? "" : `${shortForms[name]}, `;
  return `${short}--${name}${valueOf(flag)}`;
}

function valueOf(flag: Flag): string {
  switch (flag.kind) {
    case "toggle":
      return "";
    case "duration":
      return " <duration>";
    case "choice":
      return ` ${flag.choices.join("|")}`;
    case "text":
    case "count":
      return ` <${flag.value}>`;
    case "list":
      return ` <${flag.value}> …`;
  }
}
