import type { z } from "zod";
import { didYouMean } from "../../domain/nearest-name.ts";
import type { YamlFile } from "../file/yaml/yaml-file.ts";
import { fileSchema } from "./zod-schema.ts";

type Issue = z.core.$ZodIssue;

/** One line for each thing that is wrong, with its place; values are told only where they can hold no secret. */
export function describeIssues(
  issues: readonly Issue[],
  file: YamlFile,
  schema: z.ZodType = fileSchema,
): readonly string[] {
  const byPlace = new Intl.Collator("en", { numeric: true });
  return issues.flatMap((issue) => describe(issue, file, schema)).sort(byPlace.compare);
}

function describe(issue: Issue, file: YamlFile, schema: z.ZodType): readonly string[] {
  const name = pathText(issue.path, file);
  const subject = name === "" ? "The file" : name;
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => {
      const place = file.locateKey(issue.path, key);
      const known = keysAt(issue.path, schema);
      const given = valueAt(file.value, [...issue.path, key]);
      // "kind: ntfy" where "ntfy:" is the key.
      const meant =
        typeof given === "string" && known.includes(given)
          ? ` Write "${given}:" with its settings below it.`
          : didYouMean(key, known);
      return `${place} unknown key "${key.replace(/[=@:].*/s, "…")}"${name === "" ? "" : ` in ${name}`}.${meant}`;
    });
  }
  const isKey = issue.code === "invalid_key";
  const place = isKey
    ? file.locateKey(issue.path.slice(0, -1), String(issue.path.at(-1)))
    : file.locate(issue.path);
  const given = valueAt(file.value, issue.path);
  if (given === undefined && issue.path.length > 0) return [`${place} ${subject} is missing.`];
  return [`${place} ${subject} ${wording(issue, given)}`];
}

// An entry of a list that has a name is told by it: `venues.binance.rules.418.class`.
function pathText(path: readonly PropertyKey[], file: YamlFile): string {
  return path
    .map((key, index) => {
      if (typeof key !== "number") return String(key);
      const { name, venue } = (valueAt(file.value, path.slice(0, index + 1)) ?? {}) as Record<
        string,
        unknown
      >;
      return [venue, name, key].find((each) => ["string", "number"].includes(typeof each));
    })
    .join(".");
}

function wording(issue: Issue, given: unknown): string {
  switch (issue.code) {
    case "invalid_value": {
      const choices = issue.values.map(String);
      if (typeof given === "string" && choices.includes(given))
        return `is text; write ${given} without quotes.`;
      return `is ${shown(given)}, not one of ${choices.join(", ")}.${typeof given === "string" ? didYouMean(given, choices) : ""}`;
    }
    case "invalid_type":
      if (isDuration(issue.path)) return `must be a duration such as 90s or 1h30m, not ${kindOf(given)}.`;
      return `must be ${typeWords[issue.expected] ?? issue.expected}, not ${kindOf(given)}.`;
    case "invalid_union":
      if (isPlace(issue.path)) return `is ${shown(given)}, neither a port nor text such as "10.0.0.5:5432".`;
      if (Array.isArray(given)) return "has an entry that is not text; put it in quotes.";
      return unionWords(issue, given);
    case "too_big":
      return `is more than ${String(issue.maximum)}.`;
    case "too_small":
      if (issue.origin === "number") return `is less than ${String(issue.minimum)}.`;
      return issue.minimum === 1 ? "is empty." : `needs at least ${String(issue.minimum)} entries.`;
    case "invalid_format":
      if (isDuration(issue.path)) return `is ${shown(given)}, not a duration such as 90s or 1h30m.`;
      return `is ${shown(given)}, which does not have the right form.`;
    case "invalid_key":
      return "is not a usable name: letters, digits, dots, dashes and underscores, at most 63.";
    case "custom": {
      const message = withoutValues(issue.message);
      return /[.?]$/.test(message) ? message : `${message}.`;
    }
    default:
      return `cannot be used: ${withoutValues(issue.message)}.`;
  }
}

function unionWords(
  { path, errors }: Extract<Issue, { readonly code: "invalid_union" }>,
  given: unknown,
): string {
  // "" is said here: a variable without a value is often meant to be empty.
  if (path.at(-2) === "env")
    return `must be text, a number, or true or false, not ${kindOf(given)}${given === null ? '; write "" for an empty text' : ""}.`;
  const choices = errors
    .flat()
    .flatMap((each) => (each.code === "invalid_value" ? each.values.map(String) : []));
  if (choices.length > 0 && typeof given !== "object")
    return `is ${shown(given)}, not one of ${choices.join(", ")}.`;
  return `must be text or a list of texts, not ${kindOf(given)}.`;
}

const typeWords: Readonly<Record<string, string>> = {
  object: "a map",
  record: "a map",
  array: "a list",
  string: "text",
  boolean: "true or false",
  number: "a number",
};

function isDuration(path: readonly PropertyKey[]): boolean {
  return ["grace", "ttl"].includes(String(path.at(-1)));
}

function isPlace(path: readonly PropertyKey[]): boolean {
  return ["ports", "local", "publish"].includes(String(path.at(-2)));
}

function kindOf(value: unknown): string {
  if (value === null) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a map";
  return `the ${typeof value} ${shown(value)}`;
}

// What was put in the wrong place may be an address with a password, NAME=value or a token: of a text only a short word is told.
function shown(value: unknown): string {
  return typeof value === "string" ? withoutValues(JSON.stringify(value)) : JSON.stringify(value);
}

function withoutValues(message: string): string {
  return message.replaceAll(/"(?:[^"\\]|\\.)*"/gs, (quoted) =>
    /[@]|\w=[^=]|:\/\/|\S{33}/.test(quoted) ? '"…"' : quoted,
  );
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let inner = value;
  for (const key of path) {
    if (typeof inner !== "object" || inner === null) return undefined;
    inner = (inner as Record<PropertyKey, unknown>)[key];
  }
  return inner;
}

/** The keys that the schema knows at this place. */
function keysAt(path: readonly PropertyKey[], whole: z.ZodType): readonly string[] {
  let schema: unknown = whole;
  // Unwrapped, a list is what is in it.
  for (const key of path) if (typeof key !== "number") schema = step(unwrap(schema), key);
  const shape = (unwrap(schema) as { readonly shape?: object } | undefined)?.shape;
  return shape === undefined ? [] : Object.keys(shape);
}

function unwrap(schema: unknown): unknown {
  let inner = schema as { readonly unwrap?: () => unknown } | undefined;
  while (typeof inner?.unwrap === "function") inner = inner.unwrap() as typeof inner;
  return inner;
}

function step(schema: unknown, key: PropertyKey): unknown {
  const parts = schema as
    | { readonly shape?: Record<PropertyKey, unknown>; readonly valueType?: unknown }
    | undefined;
  return parts?.shape?.[key] ?? parts?.valueType;
}
