import { copyFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  forEachPrivilege,
  type IsolationRig,
  isRoot,
  openIsolationRig,
  type Privilege,
} from "../../integration/isolation/isolation-rig.ts";

const taker = "takes-sockets.py";
const debuggerOpener = "opens-debugger.py";
const refused = { said: "took: Operation not permitted", arrived: "" };

let rig: IsolationRig;
beforeEach(() => {
  rig = openIsolationRig();
});
afterEach(() => rig.close());

forEachPrivilege((privilege) => {
  test(`a bot of a ${privilege} launcher cannot take a published connection from what carries it`, async () => {
    expect(await tries(taker, privilege)).toEqual(refused);
  });

  test(`a bot of a ${privilege} launcher gets no debugger in what carries its published connections`, async () => {
    expect((await tries(debuggerOpener, privilege)).said).toBe("got: no debugger");
  });
});

test("a bot with a user of its own cannot take a published connection either", async (context) => {
  if (!isRoot) return context.skip("NOT TESTED: run_as needs root.");
  expect(await tries(taker, "root", "nobody")).toEqual(refused);
  expect((await tries(debuggerOpener, "root", "nobody")).said).toBe("got: Operation not permitted");
});

/** What a bot says that tries what its program does with the process that carries the connection of a client outside, and what came by it to a server outside. */
async function tries(
  name: string,
  privilege: Privilege,
  runAs?: string,
): Promise<{ said: string; arrived: string }> {
  let arrived = "";
  const hear = (chunk: Buffer) => {
    arrived += chunk;
  };
  const outside = await rig.tcp(
    (socket) => socket.on("data", hear).on("end", () => socket.end()),
    "127.0.0.1",
  );
  const publish = [`127.0.0.77:${outside}:3000`];
  const launcher = await rig.launcher(privilege, { publish, ...(runAs === undefined ? {} : { runAs }) });
  // Where every user can read it.
  const program = join(launcher.folder, name);
  copyFileSync(fileURLToPath(new URL(`../../fixtures/leak/${name}`, import.meta.url)), program);
  const { end } = await launcher.start(["/usr/bin/python3", program]);
  await launcher.printed("listening");
  const children = rig.childrenOf(launcher.process.pid ?? -1);
  const resident = children.find(({ command }) => command.includes("resident.js"));
  const client = connect(outside, "127.0.0.77").on("error", () => {});
  client.write(`${resident?.pid} ${outside}`);
  await end;
  client.destroy();
  return { said: launcher.output().split("\n")[1] ?? "", arrived };
}
