import { expect, test } from "vitest";
import { relayOf } from "../../../support/fleet/fleet.ts";
import { heartbeatFor, labelOf, runningBench, showFromFra, textsOf } from "../bench.ts";

test("readings of one witness that lies, always or now and then, pause the relay, move nothing, and put that witness behind", async () => {
  for (const isConstant of [true, false]) {
    const made = await runningBench();
    await heartbeatFor(made, 10_000);
    let asked = 0;
    let liar: string | undefined;
    const tell = (witness: string): string => {
      liar ??= witness;
      return witness === liar && (isConstant || ++asked % 3 > 0) ? "203.0.113.99" : "203.0.113.1";
    };
    showFromFra(made, tell);
    const read: string[] = [];
    made.launcher.host.habits.reads = (witness) => {
      read.push(witness);
      return tell(witness);
    };
    const gates = new Set<string>();
    made.fleet.net.onAsk = () => gates.add(relayOf(made.launcher, made.run).gate);
    await heartbeatFor(made, 900_000);
    expect([labelOf(made), made.launcher.host.processes.length, [...gates]]).toEqual(["fra", 1, ["paused"]]);
    expect(read.length).toBeGreaterThan(5);
    expect(read.slice(1)).not.toContain(liar);
    const events = await made.fleet.store.history.list({ limit: 50 });
    expect(events.filter(({ kind }) => kind === "witness.outvoted").map(({ message }) => message)).toEqual([
      expect.stringContaining(`${liar} saw 203.0.113.99, not 203.0.113.1, while 1 other witness sees`),
    ]);
  }
});

test("readings of another address are believed when no other witness answers, and nothing passes meanwhile", async () => {
  const made = await runningBench();
  await heartbeatFor(made, 10_000);
  made.launcher.host.habits.reads = () => "203.0.113.99";
  made.fleet.net.areWitnessesDown = true;
  const relay = relayOf(made.launcher, made.run);
  const gates: string[] = [];
  made.fleet.net.onAsk = () => gates.push(relay.gate);
  await heartbeatFor(made, 75_000);
  expect([gates[0], relay.gate]).toEqual(["paused", "cut"]);
  expect(textsOf(made)).toContainEqual(expect.stringContaining("no other witness still sees 203.0.113.1"));
});
