import { expect, test } from "vitest";
import { asNobody, type DoctorEnd, useDoctor, withoutNamespaces } from "./doctor-rig.ts";

const doctor = useDoctor();
const fetching = `fetch("https://api.example.org/v1/ping").then((r) => r.text()).then(console.log, (e) => console.log(e.cause))`;

test("a command that asks for names of its own finds them in the lab, and is judged by the packets", async () => {
  const end = await doctor.run(["--json", "--", process.execPath, "-e", fetching]);
  expect(reportOf(end)).toMatchObject({
    ok: true,
    tier: "kernel",
    evidence: "packets",
    whyNoPackets: null,
    leaks: [{ verdict: "proxied", why: "the target saw 198.51.100.10", exitStatus: 0, stillRan: false }],
  });
  expect(reportOf(end).leaks[0]?.output).toBe('{"peer":"198.51.100.10"}\n\n');
  expect(end.code).toBe(0);
});

test("a command that gets past the proxy is called a leak, and the check fails", async () => {
  const end = await doctor.run(["--isolation", "env", "--", process.execPath, "-e", fetching]);
  expect(end.code).toBe(1);
  expect(end.stdout).toMatch(/ env {3}LEAK {5}10\.77\.0\.2 at dns 53, http 443, \d+ packets past the proxy/);
  expect(end.stderr).toContain("1 of 1 got past the proxy. Leave `--isolation env` out.");
});

test("a command that fails at once proves nothing, and what it said is shown", async () => {
  const end = await doctor.run(["--", process.execPath, "-e", 'throw new TypeError("no such market")']);
  expect(end.code).toBe(1);
  expect(end.stderr).toMatch(/ended with 1 after \d+\.\d s\.\nIts last output:\n/);
  expect(end.stderr).toContain("  TypeError: no such market\n");
  expect(end.stderr).toContain("This proves nothing: your program failed before it reached anything.");
});

test("a command that runs for ever is ended after its time, and judged by what it did until then", async () => {
  const end = await doctor.run(["--for", "1500ms", "--", "/bin/sh", "-c", "echo trading; exec sleep 600"]);
  expect(end.code).toBe(0);
  expect(end.stdout).toContain("refused");
  expect(end.stderr).toMatch(/still ran after \d\.\d s and was ended \(see --for\)\.\n.*\n {2}trading\n/);
  expect(end.stderr).toContain("it reached no target");
});

test("an account's user, ports and environment are its command's in the lab", async () => {
  const isRoot = process.getuid?.() === 0;
  const code = `console.log(process.getuid(), process.env.EXCHANGE_KEY, process.env.PASSED, process.env.LAUNCH_KEY_FILE);
    require("net").connect(9000, "203.0.113.10").on("data", (d) => { console.log(String(d)); process.exit(); })`;
  doctor.write(
    "launch.yaml",
    JSON.stringify({
      version: 1,
      bots: {
        alice: {
          command: [process.execPath, "-e", code],
          ports: [9000],
          env: { EXCHANGE_KEY: "k1" },
          pass_env: ["PASSED"],
          ...(isRoot ? { run_as: "nobody" } : {}),
        },
      },
    }),
  );
  const env = { PASSED: "p1", LAUNCH_KEY_FILE: "/nowhere/key" };
  const words = ["--json", "--account", "alice", "--", process.execPath, "-e", code];
  const [row] = reportOf(await doctor.run(words, { env })).leaks;
  expect(row).toMatchObject({ verdict: "proxied", exitStatus: 0 });
  const uid = isRoot ? 65_534 : process.getuid?.();
  expect(row?.output).toBe(`${uid} k1 p1 undefined\nhello 198.51.100.10\n\n`);
});

test("a name that launch.yaml does not know is refused with the way to add it", async () => {
  const end = await doctor.run(["--account", "nobody-knows"]);
  expect(end.code).toBe(64);
  expect(end.stderr).toContain('names no bot "nobody-knows"');
});

test("a user without any right makes the lab too", async () => {
  const words = ["--json", "--", process.execPath, "-e", fetching];
  const end = await doctor.run(words, { through: asNobody });
  expect(reportOf(end)).toMatchObject({
    tier: "kernel",
    evidence: "packets",
    leaks: [{ verdict: "proxied" }],
  });
  expect(end.code).toBe(0);
});

test("where no namespaces can be made, targets on the loopback judge, and the output says that this proves less", async () => {
  const secret = JSON.stringify({ version: 1, bots: { alice: { command: ["node"], env: { KEY: "k1" } } } });
  doctor.write("launch.yaml", secret);
  const through = withoutNamespaces;
  const code = `${fetching}; console.log("key", process.env.KEY)`;
  const words = ["--account", "alice", "--", process.execPath, "-e", code];
  const [people, programs] = [
    await doctor.run(words, { through }),
    await doctor.run(["--json", ...words], { through }),
  ];
  expect(people.stdout).toContain("the target saw the proxy");
  expect(people.stderr).toContain("packets were not counted, and this check proves less");
  expect(reportOf(programs)).toMatchObject({ ok: true, tier: "preload", evidence: "targets" });
  expect(reportOf(programs).whyNoPackets).toContain("The lab of namespaces could not be made: ");
  // What got past the proxy here would leave the machine: no secret of the account's may be with it.
  expect(reportOf(programs).leaks[0]?.output).toContain("key undefined");
});

test("a command that nothing would keep from the real network is not run", async () => {
  const words = ["--isolation", "env", "--", "/bin/sh", "-c", "echo ran > ran"];
  const end = await doctor.run(words, { through: withoutNamespaces });
  expect(end.code).toBe(78);
  expect(end.stderr).toContain("/bin/sh could reach the real network");
  expect(end.stderr).toContain("hint: Use `--isolation preload`");
});

interface Report {
  readonly whyNoPackets: string | null;
  readonly leaks: readonly { readonly output: string }[];
}

function reportOf({ stdout, stderr }: DoctorEnd): Report {
  if (stdout === "") throw new Error(stderr);
  return JSON.parse(stdout) as Report;
}
