import { expect, test } from "vitest";
import type { Tools } from "../../../../lib/adapters/isolation/host/tools.ts";
import { endOfView, quote, setupScript } from "../../../../lib/adapters/isolation/network/setup-script.ts";
import { viewSteps } from "../../../../lib/adapters/isolation/network/view-script.ts";

test("a word for the shell stays one word, whatever is in it", () => {
  expect(quote("it's $(here)")).toBe(`'it'\\''s $(here)'`);
});

test("the network is closed before anything else happens, and the shell becomes our process", () => {
  const tools = { ip: "/sbin/ip", mount: "/bin/mount" } as Tools;
  const lines = setupScript({ launcherPid: 7, tools, inside: ["node", "x.js"] }).split("\n");
  const place = (part: string) => lines.findIndex((line) => line.includes(part));
  expect(place("-batch")).toBeLessThan(place("mount"));
  expect(place("mount")).toBeLessThan(place(endOfView));
  expect(lines.at(-1)).toBe("exec 'node' 'x.js' >/dev/null");
});

test("what is covered is written into a table for mount", () => {
  const tools = { mount: "/bin/mount", umount: "/bin/umount" };
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
  expect(viewSteps({ tools, privilege: "root", view }).join("\n")).toContain("/run/a\\040b tmpfs size=4k");
});
