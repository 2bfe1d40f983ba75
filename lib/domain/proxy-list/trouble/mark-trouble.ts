// Marks that a program or a keyboard left in a line: sent to the proxy as a part of the password, they would be refused for ever.

interface Mark {
  readonly pattern: RegExp;
  /** Ends the sentence "it …"; `code` is the mark's own. */
  readonly tell: (code: string) => string;
}

const settle = "if it belongs to the password, write the entry in CSV or JSON";

const marks: readonly Mark[] = [
  {
    pattern: /^ï»¿/,
    tell: () =>
      "begins with a byte order mark that was read in another encoding; delete its three characters",
  },
  {
    pattern: /[\uFF01-\uFF5E。]/,
    tell: (code) => `holds ${code}, a wide character of East Asian keyboards; write the plain one`,
  },
  {
    pattern: /[“”„‟«»]|(?:^|[:@/])[‘’‚‛]|[‘’]$/,
    tell: (code) => `holds ${code}, a quote of a word processor; remove it, or ${settle}`,
  },
  {
    pattern: /…$/,
    tell: (code) => `ends with ${code} (…), as texts do that were cut to fit; copy the whole, or ${settle}`,
  },
  {
    pattern: /<\/?(?:br|p|td|tr|li|div|span|b|a|code|pre)(?: [^>]*)?\/?>/i,
    tell: () => `holds a tag of a web page; remove it, or ${settle}`,
  },
  {
    pattern: /&(?:amp|lt|gt|quot|apos|nbsp|#[0-9]{1,6}|#x[0-9a-f]{1,6});/i,
    tell: () =>
      `holds a character as a web page spells it, such as &amp; for &; write the character, or ${settle}`,
  },
  {
    pattern: /\\(?:r\\n|[rn])$/,
    tell: () =>
      `ends with a backslash and a letter, as programs spell a line break; remove them, or ${settle}`,
  },
  {
    pattern: /^<[a-z0-9]+:\/\/[^>]*>$/i,
    tell: () => "is in angle brackets; remove them",
  },
];

/** Why a line with such a mark cannot be taken; undefined when it has none. */
export function markTrouble(line: string): string | undefined {
  for (const { pattern, tell } of marks) {
    const found = pattern.exec(line)?.[0];
    if (found === undefined) continue;
    const odd = /[^\0-\x7f]/.exec(found)?.[0] ?? found;
    return `it ${tell(`U+${odd.charCodeAt(0).toString(16).toUpperCase()}`)}`;
  }
  return undefined;
}
