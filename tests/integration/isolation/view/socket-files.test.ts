import { mkdtempSync, readdirSync, realpathSync, renameSync, rmSync, statSync, symlinkSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { socketFiles } from "../../../../lib/adapters/isolation/sockets/socket-files.ts";

vi.mock("node:fs", async (original) => {
  const fs = await original<typeof import("node:fs")>();
  return { ...fs, readdirSync: vi.fn(fs.readdirSync) };
});

let folder: string;
const servers: Server[] = [];
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "slipway-sockets-")));
});
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
  rmSync(folder, { recursive: true });
});

async function listen(name: string): Promise<string> {
  const path = join(folder, name);
  const server = createServer();
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return path;
}

test("a renamed socket is found by its number, also behind a link", async () => {
  const bound = await listen("bound");
  const inode = statSync(bound).ino % 2 ** 32;
  renameSync(bound, join(folder, "renamed"));
  symlinkSync("renamed", join(folder, "link"));
  expect(socketFiles([{ name: bound, inode }], () => []).map(({ path }) => path)).toEqual([
    join(folder, "renamed"),
  ]);
  const linked = realpathSync(mkdtempSync(join(tmpdir(), "slipway-sockets-")));
  symlinkSync(join(folder, "renamed"), join(linked, "link"));
  expect(socketFiles([{ name: join(linked, "gone"), inode }], () => []).map(({ path }) => path)).toEqual([
    join(folder, "renamed"),
  ]);
  rmSync(linked, { recursive: true });
});

test("a folder is looked through once, however many of its sockets were renamed or are gone", async () => {
  await listen("kept");
  vi.mocked(readdirSync).mockClear();
  const listed = Array.from({ length: 50 }, (_, number) => ({
    name: join(folder, `gone-${number}`),
    inode: undefined,
  }));
  expect(socketFiles(listed, () => []).map(({ path }) => path)).toEqual([join(folder, "kept")]);
  expect(readdirSync).toHaveBeenCalledTimes(1);
});

test("the processes are asked once where they work, and not at all for absolute names", () => {
  const workingFolders = vi.fn(() => [folder]);
  const names = (...all: readonly string[]) => all.map((name) => ({ name, inode: undefined }));
  socketFiles(names(join(folder, "absolute")), workingFolders);
  expect(workingFolders).not.toHaveBeenCalled();
  socketFiles(names("one", "two"), workingFolders);
  expect(workingFolders).toHaveBeenCalledTimes(1);
});
