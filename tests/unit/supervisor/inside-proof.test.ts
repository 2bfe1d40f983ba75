import { describe, expect, test } from "vitest";
import type { AssignmentId } from "../../../lib/domain/ids.ts";
import type { Bot } from "../../../lib/domain/run/unit.ts";
import type { Dial } from "../../../lib/ports/exit-witness.ts";
import { InsideProof } from "../../../lib/supervisor/exit/inside-proof.ts";
import { dialProxy } from "../../support/fleet/fake-net.ts";
import { processOf, relayOf } from "../../support/fleet/fleet.ts";
import { type Bench, bench, labelOf, phaseOf, textsOf } from "./bench.ts";

/** A bench in the kernel tier, of which nothing has happened yet; `lead` says where each connection from inside goes. */
async function insideBench(
  lead: (made: Bench, dialled: number) => ReturnType<Dial>,
  unit: Partial<Bot> = {},
): Promise<Inside> {
  const made = await bench({ unit, settings: { tier: "kernel" } });
  const seen: Seen[] = [];
  made.launcher.host.habits.insideDial = (...words) => {
    const relay = relayOf(made.launcher, made.run);
    const processes = made.launcher.host.processes.filter(({ isAlive }) => isAlive).length;
    seen.push({ label: relay.upstreamLabel(), gate: relay.gate, processes });
    return lead(made, seen.length) ?? relay.dial(...words);
  };
  return { ...made, seen };
}

interface Seen {
  readonly label: string | undefined;
  readonly gate: string;
  readonly processes: number;
}

interface Inside extends Bench {
  /** What was the case at each connection from inside. */
  readonly seen: readonly Seen[];
}

const throughRelay = ({ launcher, run }: Bench) => relayOf(launcher, run).dial("witness.test", 443, 5_000);
const through = (label: string) => (made: Bench) => dialProxy(made.fleet.net, made.fleet.clock, label, 5_000);
const nowhere = () =>
  Promise.reject(
    Object.assign(new Error("no connection from inside (ECONNRESET)"), {
      failure: { kind: "reset", scope: "target", message: "no connection from inside", status: undefined },
    }),
  );

async function standingOf({ fleet }: Bench, label: string) {
  const account = fleet.accounts.get("alice");
  const all = await fleet.store.accounts.assignments({ accountId: account?.id ?? ("" as never) });
  return all.find(({ id }) => id === (`alice-${label}` as AssignmentId));
}

describe("the proof from inside", () => {
  test("comes after the claim and before the command, with the gate open for it", async () => {
    const made = await insideBench(throughRelay);
    await made.fleet.clock.advance(10);
    expect([phaseOf(made), labelOf(made)]).toEqual(["running", "fra"]);
    expect(made.seen).toEqual([{ label: "fra", gate: "open", processes: 0 }]);
  });

  test("is not asked again for a restart on the same exit, and is for the next exit", async () => {
    const made = await insideBench(throughRelay);
    const { fleet, launcher, run } = made;
    await fleet.clock.advance(10);
    processOf(launcher, run)?.end({ code: 1, signal: undefined });
    await fleet.clock.advance(2_000);
    expect([phaseOf(made), launcher.host.processes.length, made.seen.length]).toEqual(["running", 2, 1]);
    await fleet.store.accounts.updateAssignment("alice-fra" as AssignmentId, { status: "held" });
    await fleet.clock.advance(20_000);
    expect([phaseOf(made), labelOf(made)]).toEqual(["running", "ams"]);
    expect(made.seen.slice(1)).toEqual([{ label: "ams", gate: "open", processes: 0 }]);
  });

  test("that shows the host's own address even once ends the run with 78: no exit would help", async () => {
    const made = await insideBench((bench, dialled) =>
      dialled === 1 ? through("host")(bench) : throughRelay(bench),
    );
    made.fleet.net.proxies.set("host", { label: "host", exitIp: "192.0.2.1", fault: "none" });
    await made.fleet.clock.advance(10_000);
    expect(made.run.ending).toMatchObject({
      exitStatus: 78,
      code: "LAUNCH_TIER_UNAVAILABLE",
      reason: expect.stringContaining("saw 192.0.2.1, the host's own address"),
    });
    expect(made.launcher.host.processes).toEqual([]);
  });

  test.each([
    { what: "that reaches nobody", lead: nowhere, why: "only 0 of the 2 needed witnesses gave an address" },
    {
      what: "that shows another address",
      lead: through("par"),
      why: "203.0.113.3, not the expected 203.0.113",
    },
  ])(
    "$what sets each exit aside without blame after three rounds, and nothing is started",
    async ({ lead, why }) => {
      const made = await insideBench(lead);
      await made.fleet.clock.advance(1_900);
      expect(made.seen).toHaveLength(4);
      await made.fleet.clock.advance(3_100);
      expect([phaseOf(made), made.launcher.host.processes]).toEqual(["holding", []]);
      expect(made.seen.map(({ label }) => label)).toEqual([
        ...Array.from({ length: 6 }, () => "fra"),
        ...Array.from({ length: 6 }, () => "ams"),
      ]);
      for (const label of ["fra", "ams"]) {
        const told = expect.stringContaining(
          `${label} is not used: it is not seen from inside the bot's network:`,
        );
        expect(textsOf(made)).toContainEqual(told);
        expect(await standingOf(made, label)).toMatchObject({ failures: 0 });
      }
      expect(textsOf(made).join("\n")).toContain(why);
      expect(relayOf(made.launcher, made.run).gate).toBe("shut");
    },
  );

  test("that never comes ends a bot that shall not wait with the status of what returns by itself", async () => {
    const made = await insideBench(nowhere, { onNoProxy: "exit" });
    await made.fleet.clock.advance(5_000);
    expect(made.run.ending).toMatchObject({ exitStatus: 75 });
  });

  test("begins with a witness by chance, so that each is asked as often as the others", async () => {
    const made = await insideBench(throughRelay);
    const asked: string[] = [];
    const fra = made.fleet.net.proxies.get("fra");
    if (fra !== undefined)
      fra.showsTo = (witness) => {
        asked.push(witness);
        return fra.exitIp;
      };
    await made.fleet.clock.advance(10);
    // Two through the relay, then one from inside: chance is a half here.
    expect(asked.slice(2)).toEqual(["https://two.test/"]);
  });

  test("that fails once is asked again", async () => {
    const made = await insideBench((bench, dialled) => (dialled <= 2 ? nowhere() : throughRelay(bench)));
    await made.fleet.clock.advance(10);
    expect([phaseOf(made), labelOf(made), made.seen.length]).toEqual(["running", "fra", 3]);
  });

  test("does not wait for a witness that is silent before it asks the next", async () => {
    const made = await insideBench((bench, dialled) =>
      dialled === 1 ? new Promise(() => {}) : throughRelay(bench),
    );
    await made.fleet.clock.advance(900);
    expect([phaseOf(made), made.seen.length]).toEqual(["spawning", 1]);
    await made.fleet.clock.advance(200);
    expect([phaseOf(made), labelOf(made), made.seen.length]).toEqual(["running", "fra", 2]);
    await made.fleet.clock.advance(10_000);
    expect(made.seen.length).toBe(2);
  });

  test("of a proxy that dies meanwhile leaves it for the reason that the relay is told", async () => {
    const made = await insideBench((bench) => {
      const fra = bench.fleet.net.proxies.get("fra");
      if (fra !== undefined) fra.fault = "refused";
      return throughRelay(bench);
    });
    await made.fleet.clock.advance(1_000);
    expect([phaseOf(made), labelOf(made)]).toEqual(["running", "ams"]);
    expect(await standingOf(made, "fra")).toMatchObject({ status: "cooling", failures: 1 });
  });

  test("of an exit that changed since it was proven leaves it as drifted", async () => {
    const made = await insideBench((bench) => {
      const fra = bench.fleet.net.proxies.get("fra");
      if (fra !== undefined) fra.exitIp = "203.0.113.99";
      return throughRelay(bench);
    });
    await made.fleet.clock.advance(1_000);
    expect([phaseOf(made), labelOf(made)]).toEqual(["running", "ams"]);
    expect(textsOf(made)).toContainEqual(
      "fra is not used: it shows the wrong exit: its exit changed from 203.0.113.1 to 203.0.113.99 before the bot started",
    );
    expect(await standingOf(made, "fra")).toMatchObject({ status: "cooling" });
  });

  test("is given up at once when the run is asked to stop", async () => {
    const made = await insideBench(() => new Promise(() => {}));
    await made.fleet.clock.advance(10);
    expect(phaseOf(made)).toBe("spawning");
    made.run.runner.requestStop("INT");
    await made.fleet.clock.advance(10);
    expect(made.run.ending).toMatchObject({ exitStatus: 130 });
    expect(made.launcher.host.processes).toEqual([]);
  });

  test("asks nobody when the start was given up before it began", async () => {
    const nobody = () => {
      throw new Error("asked");
    };
    const ports = { random: { random01: () => 0 }, witness: { ask: nobody }, clock: { after: nobody } };
    const parts = { ports, settings: { witnesses: ["https://one.test/"] } };
    const proof = new InsideProof(parts as never, undefined as never);
    await expect(proof.of({} as never, AbortSignal.abort())?.(nobody)).rejects.toThrow("given up");
  });
});
