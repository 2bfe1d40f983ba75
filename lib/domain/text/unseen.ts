/** A character that a reader of the text would not notice. */
export interface UnseenCharacter {
  /** Which character of the text it is, counted from 1. */
  readonly position: number;
  /** `U+200B (zero width space)`. */
  readonly name: string;
}

const printable = /^[ -~]*$/;

const names: Readonly<Record<number, string>> = {
  0: "control character: null",
  9: "control character: tab",
  10: "control character: line break",
  13: "control character: carriage return",
  160: "no-break space",
  173: "soft hyphen",
  847: "combining grapheme joiner",
  1564: "Arabic letter mark",
  8203: "zero width space",
  8204: "zero width non-joiner",
  8205: "zero width joiner",
  8206: "left-to-right mark",
  8207: "right-to-left mark",
  8232: "line separator",
  8233: "paragraph separator",
  8234: "left-to-right embedding",
  8235: "right-to-left embedding",
  8236: "pop directional formatting",
  8237: "left-to-right override",
  8238: "right-to-left override",
  8239: "narrow no-break space",
  8288: "word joiner",
  8294: "left-to-right isolate",
  8295: "right-to-left isolate",
  8296: "first strong isolate",
  8297: "pop directional isolate",
  10240: "braille blank",
  12288: "ideographic space",
  65279: "byte order mark",
  65533: "replacement character: the text was decoded wrongly",
};

/** Finds the first character that cannot be seen; a plain space can. */
export function findUnseen(text: string): UnseenCharacter | undefined {
  // Nearly every text is such, and the tables of the other pattern take a millisecond to load.
  if (printable.test(text)) return undefined;
  // Format and control characters, all spaces but the plain one, line separators, lone surrogates, private glyphs (icons of web
  // fonts), fillers and variation selectors, the blank of braille, and what a wrong decoding leaves.
  const match =
    /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800\uFFFD]|(?! )\p{Zs}/u.exec(
      text,
    );
  if (match === null) return undefined;
  const code = match[0].codePointAt(0) ?? 0;
  return {
    position: Array.from(text.slice(0, match.index)).length + 1,
    name: `U+${code.toString(16).toUpperCase().padStart(4, "0")} (${names[code] ?? kindOf(match[0])})`,
  };
}

/** Says where the first unseen character of a text stands, as the rest of a sentence: `holds U+200B (zero width space) as character 5`. */
export function unseenProblem(text: string): string | undefined {
  const found = findUnseen(text);
  return found && `holds ${found.name} as character ${found.position}`;
}

/** The same as a sentence about what is named; undefined where all can be seen. */
export function unseenIn(what: string, text: string): string | undefined {
  const problem = unseenProblem(text);
  return problem && `${what} ${problem}`;
}

/** Takes plain spaces and tabs from both ends; every other space stays to be found. */
export function trimPlain(text: string): string {
  return text.replaceAll(/^[ \t]+|[ \t]+$/g, "");
}

function kindOf(character: string): string {
  if (/\p{Cc}/u.test(character)) return "control character";
  if (/\p{Zs}/u.test(character)) return "a space of another width";
  return "invisible character";
}
