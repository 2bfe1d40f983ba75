import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Io } from "../../../lib/cli/terminal/io.ts";
import { readSecret, type SecretSources } from "../../../lib/cli/terminal/secret-input.ts";
import { Secret } from "../../../lib/domain/secret.ts";
import { configFolder } from "../../support/operator/config-folder.ts";

interface Given {
  readonly typed?: string;
  readonly file?: string;
  readonly stdin?: boolean;
}

function sources({ typed, file, stdin = false }: Given): SecretSources {
  return {
    what: "Password of fra-1",
    typed: { flag: "--proxy-pass", value: typed },
    file: { flag: "--proxy-pass-file", value: file },
    stdin: { flag: "--proxy-pass-stdin", value: stdin },
  };
}

async function read(given: Given, stdin = "") {
  const warnings: string[] = [];
  const asked: string[] = [];
  const io = {
    warn: (text: string) => void warnings.push(text),
    readStdin: () => Promise.resolve(Buffer.from(stdin)),
    askSecret: (question: string, flags: readonly string[]) => {
      asked.push(question, ...flags);
      return Promise.resolve(new Secret("answer"));
    },
  } as unknown as Io;
  return { secret: await readSecret(sources(given), io), warnings, asked };
}

const same = (secret: Secret, text: string) => expect(secret.reveal()).toBe(text);

describe("a secret", () => {
  test("is typed with a warning that names the better flag and not the secret", async () => {
    const { secret, warnings } = await read({ typed: "hunter2" });
    same(secret, "hunter2");
    expect(warnings).toEqual([expect.stringContaining("use --proxy-pass-stdin instead")]);
    expect(warnings.join()).not.toContain("hunter2");
  });

  test("from stdin or a file loses one newline and nothing else", async () => {
    same((await read({ stdin: true }, " p:@%/ \r\n")).secret, " p:@%/ ");
    const path = join(configFolder().path, "secret");
    writeFileSync(path, "hunter2\n");
    same((await read({ file: path })).secret, "hunter2");
  });

  test("that begins or ends with a space is kept with a warning", async () => {
    const { secret, warnings } = await read({ stdin: true }, "hunter2 \n");
    same(secret, "hunter2 ");
    expect(warnings).toEqual([
      "warning: Password of fra-1 from --proxy-pass-stdin begins or ends with a space, which is kept.",
    ]);
    for (const text of ["pass-word=1", "secretly", "o'neil's", "a {b} c"])
      same((await read({ stdin: true }, text)).secret, text);
  });

  test("is asked for when no flag gives it", async () => {
    expect((await read({})).asked).toEqual(["Password of fra-1", "--proxy-pass-stdin", "--proxy-pass-file"]);
  });

  test.each([
    [{ typed: "a", stdin: true }, "", /given twice: --proxy-pass, --proxy-pass-stdin/],
    [{ stdin: true }, "\n", /from --proxy-pass-stdin is empty/],
    [{ stdin: true }, "a\nb\n", /more than one line/],
    [{ file: "/does/not/exist" }, "", /cannot be read \(ENOENT\)/],
    [
      { stdin: true },
      "hunter2\u200B",
      /Password of fra-1 from --proxy-pass-stdin holds U\+200B .* as character 8/,
    ],
    [{ typed: "hun\u00A0ter2" }, "", /from --proxy-pass holds U\+00A0/],
    [{ stdin: true }, "gw.example:8001:user:hunter2", /seems to be a whole entry, or several/],
    [{ stdin: true }, "hunter2,gw.example:8002:user:hunter2", /seems to be a whole entry, or several/],
    [{ stdin: true }, "********\n", /is masked \(only stars or dots\)/],
    [{ stdin: true }, `$${"{HUNTER_2}"}\n`, /is only a placeholder/],
    [{ typed: '"hunter2"' }, "", /from --proxy-pass is in quotes\. If that belongs to the password, import/],
    [{ stdin: true }, "“hunter2”", /begins with a quote of a word processor/],
    [{ stdin: true }, "PROXY_PASSWORD=hunter2\n", /begins with the name of a setting/],
    [{ typed: "pass: hunter2" }, "", /begins with the name of a setting/],
    [{ stdin: true }, "hun\0ter2", /holds U\+0000/],
    [{ typed: "http://user:hunter2@gw.example:8001" }, "", /seems to be a whole entry, or several/],
  ])("that cannot be used is refused: %j", async (given, stdin, expected) => {
    await expect(read(given, stdin)).rejects.toThrow(expected);
    await expect(read(given, stdin)).rejects.not.toThrow(/hun|ter2/);
  });

  test("from a file that Windows wrote as UTF-16 is read by its mark, and another encoding is named", async () => {
    const path = join(configFolder().path, "secret");
    writeFileSync(path, Buffer.from("\uFEFFhunter2\r\n", "utf16le"));
    same((await read({ file: path })).secret, "hunter2");
    writeFileSync(path, Buffer.from("p\u00E4ss", "latin1"));
    await expect(read({ file: path })).rejects.toThrow(/What --proxy-pass-file gives is not UTF-8/);
  });
});
