import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { forEachPrivilege, type IsolationRig, openIsolationRig } from "./isolation-rig.ts";

let rig: IsolationRig;
beforeEach(() => {
  rig = openIsolationRig();
});
afterEach(() => rig.close());

forEachPrivilege((privilege) => {
  test("every server answers a name with the same stand-in address for a second, over UDP and TCP", async () => {
    const launcher = await rig.launcher(privilege);
    const code = `
      import dns from "node:dns/promises"; import { connect } from "node:net"; import { once } from "node:events";
      const ask = async (server) => { const r = new dns.Resolver(); r.setServers([server]); return r.resolve4("Venue.test", { ttl: true }); };
      const answers = [await ask("198.18.0.53"), await ask("8.8.8.8")].concat(await ask("[2001:4860::8888]").catch((e) => e.code));
      const query = Buffer.from("0007010000010000000000000576656e7565047465737400" + "00010001", "hex");
      const tcp = connect(53, "1.1.1.1"); tcp.write(Buffer.concat([Buffer.from([0, query.length]), query]));
      const [reply] = await once(tcp, "data"); tcp.destroy();
      console.log(JSON.stringify({ answers, tcp: [...reply.subarray(-4)].join("."), id: reply.readUInt16BE(2) }));`;
    const seen = JSON.parse(await launcher.node(code)) as { answers: unknown[]; tcp: string; id: number };
    // The self-test asked for the first name.
    const address = { address: "198.18.1.1", ttl: 1 };
    expect(seen).toEqual({ answers: [[address], [address], "ECONNREFUSED"], tcp: "198.18.1.1", id: 7 });
  });

  test("AAAA is empty, a name without a dot does not exist, the bot's own host is itself", async () => {
    const launcher = await rig.launcher(privilege);
    const code = `
      import dns from "node:dns/promises"; import { hostname } from "node:os";
import { join } from "node:path";
      const told = (work) => work.then((it) => JSON.stringify(it), (e) => e.code);
      console.log(await told(dns.resolve6("venue.test")), await told(dns.resolve4("venue")), await told(dns.resolve4(hostname())));`;
    expect((await launcher.node(code)).trim()).toBe('ENODATA ENOTFOUND ["127.0.0.1"]');
  });

  test("a program that asks for addresses of a family that its host has finds names too", async () => {
    const launcher = await rig.launcher(privilege);
    const code =
      "import socket as s; print(s.getaddrinfo('venue.test', 80, s.AF_INET, s.SOCK_STREAM, 0, s.AI_ADDRCONFIG)[0][4])";
    expect(await launcher.shell(`python3 -c "${code}"`)).toBe("('198.18.1.1', 80)\n");
  });

  test("a program that looks for a network card finds one with an address, as got's DNS cache does before it believes a name", async () => {
    const launcher = await rig.launcher(privilege);
    const code = `
      import { networkInterfaces } from "node:os";
      const cards = Object.values(networkInterfaces()).flat().filter((card) => !card.internal);
      console.log(JSON.stringify(cards.map(({ family, cidr }) => [family, cidr])));`;
    expect(JSON.parse(await launcher.node(code))).toEqual([["IPv4", "198.18.0.1/32"]]);
  });

  test("of the host's network cards nothing is seen in the device tree, and the bot's own are there", async () => {
    const hosts = readdirSync("/sys/class/net").filter((name) => name !== "lo");
    const launcher = await rig.launcher(privilege);
    const look =
      "ls /sys/class/net /sys/devices/virtual/net; find /sys/devices -path '*/net/*' -name address 2>/dev/null; cat /sys/class/net/launch0/carrier";
    const seen = await launcher.shell(look);
    expect(hosts.filter((name) => new RegExp(`\\b${name}\\b`).test(seen))).toEqual([]);
    expect(seen).toMatch(/^launch0$[\s\S]*^1$/m);
    const cards =
      "import os; from socket import if_nameindex; print(*sorted(os.listdir('/sys/class/net')), *sorted(n for _, n in if_nameindex()))";
    expect(await launcher.shell(`python3 -c "${cards}"`)).toBe("launch0 launch1 lo launch0 launch1 lo\n");
  });

  test("no service of the host's nsswitch.conf is asked for names, and users are looked up as on the host", async () => {
    const switches = join(rig.folder(), "nsswitch.conf");
    const asked = "hosts: files winbind sss ldap mdns4_minimal [NOTFOUND=return] resolve dns";
    writeFileSync(switches, readFileSync("/etc/nsswitch.conf", "utf8").replace(/^hosts:.*$/m, asked));
    const within = `mount --bind ${switches} /etc/nsswitch.conf`;
    const launcher = await rig.launcher("rootless", { within });
    const seen = await launcher.shell(
      "grep ^passwd /etc/nsswitch.conf; grep hosts: /etc/nsswitch.conf; getent hosts venue.test",
    );
    expect(seen).toMatch(/^passwd:.*\nhosts: files dns\n198\.1[89]\.\S+ +venue\.test\n$/);
  });

  test("the host's own hosts file and resolver settings are not the bot's", async () => {
    const launcher = await rig.launcher(privilege);
    const seen = await launcher.shell("grep -v '^#' /etc/resolv.conf /etc/hosts; getent hosts localhost");
    expect(seen).toContain("/etc/resolv.conf:nameserver 198.18.0.53\n");
    expect(seen.match(/\/etc\/hosts:.*localhost/g)).toHaveLength(2);
    // Beside those only the host's own name, which Java looks up there.
    expect(seen.match(/\/etc\/hosts:/g)?.length).toBe(hostname() === "localhost" ? 2 : 3);
    const code = "import socket; print(socket.gethostbyname(socket.gethostname()))";
    expect(await launcher.shell(`python3 -c '${code}'`)).toBe("127.0.0.1\n");
  });
});
