import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { inspectCommand } from "../../../lib/adapters/spawner/program/inspect-command.ts";

const source = fileURLToPath(new URL("../../fixtures/leak/asked-version.go", import.meta.url));

let folder = "";
let outside: Server;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "slipway-asked-"));
  outside = createServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
  await once(outside, "listening");
});
afterEach(() => {
  outside.close();
  rmSync(folder, { recursive: true });
});

test("what calls itself node reaches nobody while it is asked for its version", (context) => {
  const node = join(folder, "node");
  if (!isBuilt(node)) return context.skip("NOT TESTED: there is no Go compiler here.");
  writeFileSync(join(folder, "address"), `127.0.0.1:${(outside.address() as AddressInfo).port}`);
  expect(execFileSync(node, { encoding: "utf8" })).toBe("v22.0.1\n");
  return expect(inspectCommand([node], "/", "")).resolves.toMatchObject({ version: "v22.0.0" });
});

function isBuilt(program: string): boolean {
  const env = { ...process.env, CGO_ENABLED: "0", GO111MODULE: "off", GOTOOLCHAIN: "local" };
  try {
    execFileSync("go", ["build", "-o", program, source], { env, stdio: ["ignore", "ignore", "inherit"] });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT" || process.env["CI"] === "true") throw error;
    return false;
  }
}
