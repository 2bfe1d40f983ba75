import { afterEach, beforeEach, expect, test } from "vitest";
import { patientSeconds } from "../../patience/patience.ts";
import { forEachPrivilege, type IsolationRig, openIsolationRig } from "./isolation-rig.ts";

let rig: IsolationRig;
beforeEach(() => {
  rig = openIsolationRig();
});
afterEach(() => rig.close());

forEachPrivilege((privilege) => {
  test.each(["http", "socks5"] as const)(
    "a client that knows of no proxy reaches a name through the %s proxy",
    async (scheme) => {
      const port = await rig.http((request, response) =>
        response.end(`peer ${request.socket.remoteAddress}`),
      );
      const launcher = await rig.launcher(privilege, { ports: [80, port] });
      await launcher.use(await rig.proxy(scheme));
      const url = `http://venue.test:${port}/`;
      expect(await launcher.shell(`curl -sS ${url}`)).toBe("peer 127.0.0.11");
    },
  );

  test("what is dialled by address goes through the proxy by that address, IPv4 and IPv6", async () => {
    const launcher = await rig.launcher(privilege);
    await launcher.use(await rig.proxy());
    await launcher.shell(
      `curl -s --max-time ${patientSeconds(5)} http://8.8.4.4/; curl -s --max-time ${patientSeconds(5)} 'http://[2001:4860::1]/'`,
    );
    const targets = launcher.said.flatMap((it) =>
      it.type === "relay" && "target" in it.event ? [it.event.target] : [],
    );
    expect(targets).toEqual(["8.8.4.4:80", "[2001:4860::1]:80"]);
  });
});
