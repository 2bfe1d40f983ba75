import { describe, expect, test } from "vitest";
import { readKeys, withNewKey, withoutKey } from "../../../../lib/adapters/vault/key-text.ts";
import { generateKey } from "../../../../lib/adapters/vault/master-key.ts";

const [first, second, third] = [generateKey(), generateKey(), generateKey()] as const;
const textOf = (key: typeof first) => key.text.reveal();
const file = `# made for the desk\r\n\r\n  ${textOf(first)}  # March\r\n${textOf(second)}\n${textOf(first)}\n`;
const ids = (text: string) => readKeys(text, "keys").map((key) => key.id);

describe("a key file", () => {
  test("is read newest first, without comments, blank lines, spaces and repeats", () => {
    expect(ids(file)).toEqual([first.id, second.id]);
    expect(ids("\uFEFF# nothing\n\n")).toEqual([]);
  });

  test("takes a new key above the others and keeps its comments", () => {
    const grown = withNewKey(file, third);
    expect(ids(grown)).toEqual([third.id, first.id, second.id]);
    expect(grown).toContain("# made for the desk");
    expect(ids(withNewKey("", third))).toEqual([third.id]);
    expect(ids(withNewKey("# only a comment", third))).toEqual([third.id]);
  });

  test("loses every line of a key that is taken out", () => {
    expect(ids(withoutKey(file, first))).toEqual([second.id]);
  });

  test("names a character that cannot be seen, in a key copied from elsewhere", () => {
    const text = `# keys\n${textOf(first)}\u200B\n`;
    expect(() => readKeys(text, "/etc/launch/keys")).toThrow(
      "/etc/launch/keys, line 2: this holds U+200B (zero width space) as character 45, so it is not a master key.",
    );
  });

  test("names the line that is no key, and not what stands there", () => {
    const text = `${textOf(first)}\nhunter2\n`;
    expect(() => readKeys(text, "/etc/launch/keys")).toThrow(
      "/etc/launch/keys, line 2: this is not a master key.",
    );
  });
});
