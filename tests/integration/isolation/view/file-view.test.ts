import { once } from "node:events";
import { chmodSync, chownSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { builtFile } from "../../../support/built.ts";
import { forEachPrivilege, type IsolationRig, isRoot, openIsolationRig } from "../isolation-rig.ts";

let rig: IsolationRig;
beforeEach(() => {
  rig = openIsolationRig();
});
afterEach(() => rig.close());

forEachPrivilege((privilege) => {
  test("of the state folder only this run's bot.sock is there, a key file elsewhere is empty, other files are the host's", async () => {
    const elsewhere = rig.folder();
    const key = join(elsewhere, "keys");
    writeFileSync(key, "secret key");
    writeFileSync(join(elsewhere, "ca.pem"), "authority");
    chmodSync(key, 0o644);
    const state = rig.folder();
    mkdirSync(join(state, "run"));
    writeFileSync(join(state, "run", "other.sock"), "");
    const launcher = await rig.launcher(privilege, { hidden: [state, key], state });
    const seen = await launcher.shell(`find ${state} ! -type d; cat ${key}; cat ${elsewhere}/ca.pem`);
    expect(seen).toBe(`${launcher.botSocket}\nauthority`);
  });

  test("the observation preload says hello over bot.sock, and a witness is read through the proxy", async () => {
    const port = await rig.http((request, response) => response.end(`${request.socket.remoteAddress}\n`));
    const launcher = await rig.launcher(privilege, { ports: [80, port] });
    await launcher.use(await rig.proxy());
    await launcher.start([process.execPath, "-e", "setInterval(() => {}, 1000)"], {
      env: { NODE_OPTIONS: `--require ${builtFile("preload/preload/observe.js")}` },
    });
    await launcher.heard("bot", ({ event }) => event.type === "hello");
    await launcher.heard("bot", ({ event }) => event.type === "heartbeat");
    await launcher.order("read", { witness: `http://venue.test:${port}/` });
    await launcher.heard(
      "bot",
      ({ event }) =>
        event.type === "exit-check" && "body" in event.answer && event.answer.body === "127.0.0.11\n",
    );
  });

  test("daemons that would act outside are not reachable: what lay at their places is gone inside", async () => {
    const home = rig.folder();
    const uid = privilege === "root" || !isRoot ? process.getuid?.() : 12_345;
    mkdirSync(join(home, ".pm2"));
    const server = createServer();
    server.listen(join(home, ".pm2", "rpc.sock"));
    await once(server, "listening");
    chmodSync(join(home, ".pm2", "rpc.sock"), 0o777);
    chownSync(home, uid ?? 0, uid ?? 0);
    const launcher = await rig.launcher(privilege, { home });
    const code = `import { connect } from "node:net";
      connect("${home}/.pm2/rpc.sock").on("connect", () => console.log("connected")).on("error", (e) => console.log(e.code));`;
    const control = await launcher.shell(`ls ${home}/.pm2`);
    expect(control).toBe("rpc.sock\n");
    expect((await launcher.node(code)).trim()).toMatch(/^(ECONNREFUSED|ENOTSOCK|EACCES)$/);
    server.close();
  });
});
