import { expect, test } from "vitest";
import type { Tools } from "../../../../lib/adapters/isolation/host/tools.ts";
import { quote, setupScript } from "../../../../lib/adapters/isolation/network/setup-script.ts";

test("a word for the shell stays one word, whatever is in it", () => {
  expect(quote("it's $(here)")).toBe(`'it'\\''s $(here)'`);
});

test("the network is closed before anything else happens, and the shell becomes our process", () => {
  const tools = { ip: "/sbin/ip", mount: "/bin/mount", umount: "/bin/umount" } as Tools;
  const masks = { folders: [{ path: "/run/a b", options: "size=4k" }], files: ["/f"], replacements: [] };
  const cards = { shown: [], emptied: [] };
  const view = {
    masks,
    ownTmp: [{ path: "/tmp", kept: [] }],
    cards,
    texts: [],
    shown: [],
    unseenProfiles: [],
  };
  const options = { launcherPid: 7, tools, privilege: "root", view, inside: ["node", "x.js"] } as const;
  const lines = setupScript(options).split("\n");
  expect(lines.findIndex((line) => line.includes("-batch"))).toBeLessThan(
    lines.findIndex((line) => line.includes("/run/a\\040b tmpfs size=4k")),
  );
  expect(lines.at(-1)).toBe("exec 'node' 'x.js' >/dev/null");
});
