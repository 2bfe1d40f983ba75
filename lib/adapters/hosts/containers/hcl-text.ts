import { UsageError } from "../../../errors.ts";

/** A value of a job file. */
export type HclValue = string | number | boolean | readonly HclValue[] | { readonly [key: string]: HclValue };

/** What stands in a block: assignments, and blocks with their labels. */
export type HclBody = readonly (HclAssignment | HclBlock | string)[];
type HclAssignment = readonly [key: string, value: HclValue];
interface HclBlock {
  readonly block: string;
  readonly label?: string;
  readonly body: HclBody;
}

/** The text of a body, as Nomad's own formatter would indent it; a plain text in it is a comment. */
export function hclText(body: HclBody, indent = ""): string {
  return body.map((each) => entryText(each, indent)).join("");
}

function entryText(entry: HclBody[number], indent: string): string {
  if (typeof entry === "string") return `${indent}# ${entry}\n`;
  if ("block" in entry) {
    const label = entry.label === undefined ? "" : ` ${quoted(entry.label)}`;
    return `${indent}${entry.block}${label} {\n${hclText(entry.body, `${indent}  `)}${indent}}\n`;
  }
  const [key, value] = entry;
  return `${indent}${key} = ${valueText(value, indent)}\n`;
}

function valueText(value: HclValue, indent: string): string {
  if (typeof value === "string") return quoted(value);
  if (typeof value !== "object") return String(value);
  if (isList(value)) return `[${value.map((each) => valueText(each, indent)).join(", ")}]`;
  const inner = `${indent}  `;
  const lines = Object.entries(value).map(
    ([key, each]) => `${inner}${quoted(key)} = ${valueText(each, inner)}\n`,
  );
  return `{\n${lines.join("")}${indent}}`;
}

function isList(value: HclValue): value is readonly HclValue[] {
  return Array.isArray(value);
}

// "${" and "%{" would begin a template; an escape for the sign is read after templates are looked for. HCL has no \b and \f.
function quoted(text: string): string {
  // Its readers compose what is written in parts, as macOS writes names: the file would be another one.
  if (text.normalize("NFC") !== text)
    throw new UsageError(
      "LAUNCH_INVALID_VALUE",
      `${JSON.stringify(text)} cannot stand in a job file: it has a character that is written in parts.`,
      { hint: "Rename the file or folder." },
    );
  const escaped = text.replaceAll(
    /["\\]|[$%](?=\{)|\p{Cc}|\u2028|\u2029/gu,
    (sign) => short[sign] ?? `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return `"${escaped}"`;
}

const short: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
};
