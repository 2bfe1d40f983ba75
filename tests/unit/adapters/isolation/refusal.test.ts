import { expect, test } from "vitest";
import { findTools } from "../../../../lib/adapters/isolation/host/tools.ts";
import { describeRefusals, refusedPort } from "../../../../lib/adapters/isolation/network/refused-ports.ts";
import { explainFailure, type KernelFacts } from "../../../../lib/adapters/isolation/refusal.ts";

const facts: KernelFacts = {
  maxUserNamespaces: "15000",
  maxNetNamespaces: "15000",
  unprivilegedUserns: undefined,
  apparmorRestricts: undefined,
  seccomp: "0",
  rootLacks: undefined,
};
const denied = "unshare: unshare failed: Operation not permitted";

test.each([
  [
    "unshare: unshare failed: No space left on device",
    { maxUserNamespaces: "0" },
    "user.max_user_namespaces is 0",
  ],
  [
    "unshare: unshare failed: No space left on device",
    { maxNetNamespaces: "0" },
    "user.max_net_namespaces is 0",
  ],
  [
    "unshare: unshare failed: No space left on device",
    {},
    "all namespaces that the kernel allows are in use",
  ],
  [denied, { apparmorRestricts: "1" }, "kernel.apparmor_restrict_unprivileged_userns is 1"],
  [denied, { unprivilegedUserns: "0" }, "kernel.unprivileged_userns_clone is 0"],
  [denied, { seccomp: "2" }, "a seccomp filter"],
  [
    "unshare: write failed /proc/self/uid_map: Operation not permitted",
    { rootLacks: { forRoot: ["CAP_SYS_ADMIN"], forUserNamespace: ["CAP_SETFCAP"] } },
    "root has neither CAP_SYS_ADMIN here, nor CAP_SETFCAP for a user namespace",
  ],
  ["unshare: unrecognized option '--keep-caps'\nTry more", {}, "util-linux is too old"],
  [
    "mount: /run/dbus: permission denied.\nlaunch-step: mask /run/dbus",
    {},
    'at the step "mask /run/dbus": mount: /run/dbus',
  ],
  [
    "launch-step: open EADDRINUSE on :::443",
    {},
    "a listening socket could not be opened inside (EADDRINUSE on :::443)",
  ],
  [
    "launch-step: self-test a name was not answered",
    {},
    "the test from inside failed: a name was not answered",
  ],
  ["", {}, "no reason was given"],
])("%j on a host with %j is told as it is", (said, change, why) => {
  const refusal = explainFailure(said, { ...facts, ...change });
  expect(refusal.why).toContain(why);
  expect(refusal.hint).not.toBe("");
});

test("AppArmor on a step after unshare is told too, and its sysctl is left alone", () => {
  const said = "RTNETLINK answers: Operation not permitted\nlaunch-step: network";
  const { why, hint } = explainFailure(said, { ...facts, apparmorRestricts: "1" });
  expect(why).toContain("AppArmor");
  expect(hint).toContain("docs/isolation.md#apparmor");
  expect(hint).not.toContain("sysctl -w");
});

test("a missing tool is named with the Debian package that brings it", () => {
  expect(findTools((file) => !file.endsWith("/ip"))).toEqual({
    kind: "missing",
    name: "ip",
    debianPackage: "iproute2",
  });
  expect(findTools((file) => file.startsWith("/usr/sbin/"))).toMatchObject({
    kind: "found",
    tools: { ip: "/usr/sbin/ip", setpriv: "/usr/sbin/setpriv" },
  });
});

test("refused connections are read from the ends of sockets, and no other end is taken for one", () => {
  expect(refusedPort("UNCONN 0      1      8.8.8.8:46752 8.8.8.8:9000")).toBe(9000);
  expect(refusedPort("UNCONN 0      1      [2001:db8::1]:46752 [2001:db8::1]:9001 ")).toBe(9001);
  expect(refusedPort("UNCONN 0      0      127.0.0.1:46752 127.0.0.1:3000")).toBeUndefined();
});

test.each([
  [[[9000, 2]], 2, "tried port 9000 twice: add `--ports 9000` if it needs it"],
  [
    [
      [9001, 1],
      [9000, 3],
    ],
    4,
    "tried port 9000 3 times, port 9001 once: add `--ports 9000 --ports 9001` if it needs them",
  ],
  [[], 1, "tried a port that is not forwarded: add it under `ports` or with `--ports`"],
] as const)("%j is said in words", (ports, attempts, words) => {
  expect(describeRefusals(new Map(ports), attempts)).toBe(words);
});
