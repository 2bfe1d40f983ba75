import { afterEach, beforeEach, expect, test } from "vitest";
import { forEachPrivilege, type IsolationRig, openIsolationRig } from "./isolation-rig.ts";

let rig: IsolationRig;
beforeEach(() => {
  rig = openIsolationRig();
});
afterEach(() => rig.close());

forEachPrivilege((privilege) => {
  test("a datagram from a socket that is not connected fails at once, whatever sends it", async () => {
    const launcher = await rig.launcher(privilege);
    const code = `
      import { createSocket } from "node:dgram";
      const send = (type, port, host) => new Promise((done) => {
        const socket = createSocket(type);
        socket.send("x", port, host, (error) => { socket.close(); done(error?.code ?? "sent"); });
      });
      console.log(await send("udp4", 443, "192.0.2.1"), await send("udp6", 443, "::ffff:192.0.2.1"), await send("udp4", 123, "8.8.8.8"));`;
    expect((await launcher.node(code)).trim()).toBe("ENETUNREACH ENETUNREACH ENETUNREACH");
    const python = `import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("192.0.2.1", 4433))`;
    expect(await launcher.shell(`python3 -c '${python}' 2>&1 | tail -1`)).toContain("unreachable");
  });

  test("datagrams between the bot's own processes arrive, names are answered, and its own address can be asked for", async () => {
    const launcher = await rig.launcher(privilege);
    const code = `
      import { createSocket } from "node:dgram"; import { once } from "node:events"; import dns from "node:dns/promises";
      const server = createSocket("udp4").bind(0, "127.0.0.1"); await once(server, "listening");
      server.on("message", (text, { port, address }) => server.send(text + " back", port, address));
      const client = createSocket("udp4"); client.send("there", server.address().port, "127.0.0.1");
      const [answer] = await once(client, "message"); server.close(); client.close();
      const probe = createSocket("udp4"); probe.connect(80, "8.8.8.8"); await once(probe, "connect");
      const resolver = new dns.Resolver(); resolver.setServers(["8.8.8.8"]);
      console.log(String(answer), probe.address().address, await resolver.resolve4("venue.test")); probe.close();`;
    expect((await launcher.node(code)).trim()).toBe("there back 8.8.8.8 [ '198.18.1.1' ]");
  });

  if (privilege === "root") return;

  test.each([
    ["rules by protocol", "s/ipproto/unknown/"],
    ["rules at all", "s/^rule/unknown/"],
  ])("where the kernel has no %s, the tier works as it would without them", async (_, change) => {
    const within = [
      "real=$(readlink -f $(command -v ip))",
      "cp $real real-ip",
      `echo '#!/bin/sh' >ip`,
      `echo "sed '${change}' | $PWD/real-ip \\$@" >>ip`,
      "chmod 755 ip",
      "mount --bind ip $real",
    ].join(" && ");
    const launcher = await rig.launcher(privilege, { within });
    const datagram = `(echo x >/dev/udp/192.0.2.1/443) 2>&1 | grep -o unreachable`;
    const seen = await launcher.shell(`getent ahostsv4 venue.test | head -1; bash -c '${datagram}'`);
    expect(seen).toMatch(/^198\.18\.1\.1 +STREAM venue.test\n$/);
  });
});
