import type { Credential } from "../../../domain/proxy/credential.ts";

const named: Readonly<Record<string, string>> = {
  "&": "amp",
  "<": "lt",
  ">": "gt",
  '"': "quot",
  "'": "apos",
};

/** A text of a proxy without the user and the secret that it may repeat, in whatever spelling: plain, of URLs, of HTML, of JSON, or in base64. */
export function coverCredential(text: string, { user, secret }: Credential): string {
  const secretText = secret.reveal();
  const encoded = [`${user}:${secretText}`, secretText, user].flatMap(base64Spellings);
  return [...encoded, spelledAs(secretText), spelledAs(user)]
    .filter((pattern) => pattern !== "")
    .reduce((left, pattern) => left.replaceAll(new RegExp(pattern, "gu"), "[credential]"), text);
}

// Too short, and its letters are a part of any word.
function base64Spellings(text: string): readonly string[] {
  const standard = Buffer.from(text, "utf8").toString("base64").replaceAll("=", "");
  if (standard.length < 8) return [];
  const forUrls = standard.replaceAll("+", "-").replaceAll("/", "_");
  return [...new Set([standard, forUrls])].map((one) => `${escaped(one)}=*`);
}

// Each letter may be written in its own way. A user of one or two letters is a part of many words.
function spelledAs(secret: string): string {
  const parts = secret.match(/\\+|[^\\]/gu) ?? [];
  const pattern = parts.map((part) => `(?:${spellingsOf(part).join("|")})`).join("");
  return secret.length > 3 || secret === "" ? pattern : `(?<![\\p{L}\\p{N}])${pattern}(?![\\p{L}\\p{N}])`;
}

// A run of backslashes is one part: each by itself could be told in so many ways that a long run would never end.
function spellingsOf(letter: string): readonly string[] {
  if (letter.startsWith("\\"))
    return [
      `\\\\{${letter.length},${letter.length * 4}}`,
      repeated("%5[cC]", letter),
      repeated("&#(?:92|x5[cC]);", letter),
    ];
  const code = letter.codePointAt(0) ?? 0;
  const bytes = Buffer.from(letter, "utf8");
  const percent = [...bytes].map((byte) => `%${eitherCase(hexOf(byte, 2))}`).join("");
  const units = Array.from({ length: letter.length }, (_, index) => letter.charCodeAt(index));
  const inJson = units.map((unit) => `\\\\u${eitherCase(hexOf(unit, 4))}`).join("");
  const name = named[letter];
  return [
    inJson,
    percent,
    ...(name === undefined ? [] : [`&${name};`]),
    `&#0*${code};`,
    `&#[xX]0*${eitherCase(code.toString(16))};`,
    ...(/["'/]/.test(letter) ? [`\\\\{1,4}${escaped(letter)}`] : []),
    ...(letter === " " ? ["\\+"] : []),
    // UTF-8 that was read as the older encoding.
    ...(bytes.length > 1 ? [escaped(bytes.toString("latin1"))] : []),
    escaped(letter),
  ];
}

function repeated(spelling: string, run: string): string {
  return `(?:${spelling}){${run.length}}`;
}

function hexOf(number: number, digits: number): string {
  return number.toString(16).padStart(digits, "0");
}

function eitherCase(hex: string): string {
  return hex.replaceAll(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`);
}

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, (sign) => (sign === "-" ? "\\x2d" : `\\${sign}`));
}
