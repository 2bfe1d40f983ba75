import type { ProjectFile } from "../project-files.ts";

// A reading of text, not of types (TypeScript 7 has no interface for programs), made for code as Biome formats it. A literal counts
// as made where it stands as a value in a file that names its type, or behind a name that is declared with that type. Unions with
// the same members are one. So a literal that two unions share may pass unseen: what is reported is right, what is not may be wrong.

interface Member {
  readonly owner: string;
  /** The property that declares it in place; undefined in a union with a name of its own. */
  readonly property: string | undefined;
  readonly literal: string;
  /** All literals of the same union. */
  readonly union: string;
}

interface Source {
  readonly declarations: readonly { readonly name: string; readonly body: string }[];
  /** What is left without types, comparisons, keys and imports: where a literal is made, it stands here. */
  readonly values: string;
  readonly text: string;
}

/** The members of unions of string literals that neither code nor data make, as `Owner "literal"` or `Owner.property "literal"`. */
export function unmadeMembers(
  files: readonly ProjectFile[],
  data: readonly ProjectFile[] = [],
): readonly string[] {
  const sources = files.map(({ text }) => readSource(text));
  const values = sources.map((source) => source.values).join("\n");
  const text = sources.map((source) => source.text).join("\n");
  const offered = [
    ...values.matchAll(/(?:z\.enum\(|choices: )\[([^\]]*)\]/g),
    ...data.map((file) => file.text),
  ].join();
  // A table of types by key (`keyof Table`, `Table[Key]`) names literals of other unions.
  const tables = new Set(
    [...text.matchAll(/keyof (\w+)|\b(\w+)\[(?!["\]])/g)].map(([, keyed, indexed]) => keyed ?? indexed),
  );
  const members = sources.flatMap(membersOf).filter(({ owner }) => !tables.has(owner));
  const isMade = ({ owner, property, literal }: Member): boolean => {
    const quoted = `"${literal}"`;
    if (offered.includes(quoted)) return true;
    if (!values.includes(quoted)) return false;
    const ownerName = new RegExp(`\\b${owner}\\b`);
    if (sources.some((source) => source.values.includes(quoted) && ownerName.test(source.text))) return true;
    const names = property === undefined ? namesTyped(owner, text) : [property];
    return names.some((name) => new RegExp(`\\b${name}(?:: | = |\\()[^;{}]{0,200}?${quoted}`).test(values));
  };
  const made = new Set(members.filter(isMade).map(({ union, literal }) => `${union} ${literal}`));
  const unmade = members.filter(({ union, literal }) => !made.has(`${union} ${literal}`));
  return [
    ...new Set(
      unmade.map(
        ({ owner, property, literal }) =>
          `${owner}${property === undefined ? "" : `.${property}`} "${literal}"`,
      ),
    ),
  ].sort();
}

function namesTyped(type: string, text: string): readonly string[] {
  const typed = new RegExp(`(\\w+)\\??: (?:readonly )?\\(?(?:[\\w"-]+ \\| )*${type}\\b`, "g");
  return [...new Set([...text.matchAll(typed)].map(([, name = ""]) => name))];
}

function membersOf({ declarations }: Source): readonly Member[] {
  return declarations.flatMap(({ name, body }) => {
    const plain = withoutGenerics(body.replaceAll("=>", ""));
    if (plain.includes("{")) {
      return [...plain.matchAll(/(\w+)\??:\s+((?:\(?"[^"]+"(?:\s*\|\s*)?)+)/g)].flatMap(
        ([, property = "", union = ""]) => membersIn(union, name, property),
      );
    }
    return membersIn(plain.replaceAll(/import\([^)]*\)|\["[^"]*"\]/g, ""), name, undefined);
  });
}

function membersIn(text: string, owner: string, property: string | undefined): readonly Member[] {
  const literals = [...text.matchAll(/"([^"]+)"/g)].map(([, literal = ""]) => literal);
  // A discriminant is one literal of many that stand elsewhere: its union is its own.
  const union = literals.length > 1 ? [...literals].sort().join() : `${owner}.${property}`;
  return literals.map((literal) => ({ owner, property, literal, union }));
}

function withoutGenerics(text: string): string {
  const shorter = text.replaceAll(/<[^<>]*>/g, "");
  return shorter === text ? text : withoutGenerics(shorter);
}

function readSource(whole: string): Source {
  const text = whole.replaceAll(/^\s*(?:\/\/|\/?\*).*$/gm, "");
  const lists = [...text.matchAll(/^(?:export )?const (\w+) = (\[[^\]]*\]) as const;/gm)];
  const listTypes = lists.flatMap(([, list = "", body = ""]) => {
    const [, name] =
      new RegExp(`^(?:export )?type (\\w+) = \\(typeof ${list}\\)\\[number\\];`, "m").exec(text) ?? [];
    return name === undefined ? [] : [{ name, list, body }];
  });
  const declarations: { name: string; body: string }[] = [...listTypes];
  let rest = "";
  let end = 0;
  for (const match of text.matchAll(/^(?:export )?(?:declare )?(type|interface) (\w+)/gm)) {
    rest += text.slice(end, match.index);
    end = endOfDeclaration(text, match.index, match[1] === "interface");
    declarations.push({ name: match[2] ?? "", body: text.slice(match.index, end) });
  }
  rest += text.slice(end);
  for (const { body } of listTypes) rest = rest.replace(body, "");
  return { declarations, values: valuesOf(rest), text };
}

// As Biome formats: an interface ends with its own brace, a type with the first semicolon outside of brackets.
function endOfDeclaration(text: string, start: number, isInterface: boolean): number {
  let depth = 0;
  for (let at = start; at < text.length; at += 1) {
    const character = text.charAt(at);
    if ("{([".includes(character)) depth += 1;
    if ("})]".includes(character)) depth -= 1;
    if (depth === 0 && character === (isInterface ? "}" : ";")) return at + 1;
  }
  return text.length;
}

function valuesOf(text: string): string {
  return text
    .replaceAll(/^import [^;]*;$/gm, "")
    .replaceAll(/"[^"\n]*"(?:\s*\|\s*"[^"\n]*")+/g, "")
    .replaceAll(/[!=]==\s*"[^"\n]*"/g, "")
    .replaceAll(/case "[^"\n]*":/g, "")
    .replaceAll(/"[^"\n]*":/g, "")
    .replaceAll(/\[\s*"[^\]]*\](?: as const)?\.includes\(/g, "");
}
