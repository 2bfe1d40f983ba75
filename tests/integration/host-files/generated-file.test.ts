import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { planGenerated, writeGenerated } from "../../../lib/adapters/host-files/generated-file.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "launch-generated-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const plan = (name: string, text: string, mode = 0o600) =>
  planGenerated({ path: join(folder, name), text, comment: "#", command: "launch generate systemd", mode });
const read = (name: string) => readFileSync(join(folder, name), "utf8");

test("a file is new, then the same, then changed with the difference, and says on its first line who made it", async () => {
  const first = await plan("a/b/launch.service", "one\ntwo\n", 0o644);
  expect(first.fate).toBe("new");
  await writeGenerated([first], false);
  expect(read("a/b/launch.service")).toMatch(
    /^# Made by `launch generate systemd`, checksum [0-9a-f]{16}\. Once edited, .*--force\.\none\ntwo\n$/,
  );
  expect(statSync(join(folder, "a/b/launch.service")).mode & 0o777).toBe(0o644);
  expect((await plan("a/b/launch.service", "one\ntwo\n")).fate).toBe("same");
  const next = await plan("a/b/launch.service", "one\n2\n");
  expect([next.fate, next.difference]).toEqual(["changed", ["  one", "- two", "+ 2"]]);
  await writeGenerated([next], false);
  expect(read("a/b/launch.service")).toMatch(/\none\n2\n$/);
});

test("of several files none is written where one was edited or is somebody's own, and all with force", async () => {
  await writeGenerated([await plan("launch.service", "one\n")], false);
  appendFileSync(join(folder, "launch.service"), "mine\n");
  writeFileSync(join(folder, "launch-db.service"), "theirs\n");
  const files = [
    await plan("new.service", "new\n"),
    await plan("launch.service", "one\n"),
    await plan("launch-db.service", "db\n"),
  ];
  expect(files.map(({ fate }) => fate)).toEqual(["new", "edited", "foreign"]);
  expect(files[1]?.difference.join()).toContain("- mine");
  // It may hold whatever its owner wrote there.
  expect(files[2]?.difference).toEqual([]);
  await expect(writeGenerated(files, false)).rejects.toMatchObject({
    code: "LAUNCH_ALREADY_EXISTS",
    message: expect.stringMatching(/launch\.service was edited.*launch-db\.service exists and was not/),
  });
  expect(readdirSync(folder).sort()).toEqual(["launch-db.service", "launch.service"]);
  expect(read("launch.service")).toMatch(/\nmine\n$/);
  await writeGenerated(files, true);
  expect(
    [read("launch.service"), read("launch-db.service"), read("new.service")].map(
      (text) => text.split("\n")[1],
    ),
  ).toEqual(["one", "db", "new"]);
});

test("a folder that cannot be written, or a path that is one, is named, and no draft stays", async () => {
  writeFileSync(join(folder, "file"), "");
  const below = await planGenerated({
    path: join(folder, "other", "x"),
    text: "",
    comment: "#",
    command: "launch generate systemd",
    mode: 0o600,
  });
  rmSync(folder, { recursive: true });
  writeFileSync(folder, "");
  await expect(writeGenerated([below], false)).rejects.toMatchObject({
    code: "LAUNCH_INVALID_VALUE",
    message: expect.stringContaining("cannot be written (ENOTDIR)"),
  });
});
