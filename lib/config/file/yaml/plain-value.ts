// What YAML 1.2 (its core schema) does not read as text.
const noText =
  /^(?:~|[Nn]ull|NULL|True|TRUE|False|FALSE|0o[0-7]+|0x[0-9a-fA-F]+|[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))?$/;
const usualNumber = /^-?(?:0|[1-9]\d{0,14})(?:\.\d{1,10})?$/;

/** What a word without quotes means; undefined where it is neither text nor written in the usual way. */
export function plainValue(word: string): string | number | boolean | undefined {
  if (word === "true") return true;
  if (word === "false") return false;
  if (usualNumber.test(word) && !/^-0(?:\.0+)?$/.test(word)) return Number(word);
  return noText.test(word) ? undefined : word;
}
