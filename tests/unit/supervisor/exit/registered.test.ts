import { describe, expect, test } from "vitest";
import { parseIp } from "../../../../lib/domain/ip.ts";
import { type Bench, bench, labelOf, phaseOf, textsOf } from "../bench.ts";

async function registerFor({ fleet, run }: Bench, ...addresses: readonly string[]): Promise<void> {
  const exitIps = addresses.flatMap((text) => parseIp(text) ?? []);
  await fleet.store.accounts.register(run.account.id, { exitIps, at: fleet.clock.now(), by: "user:maria" });
}

describe("an account with registered exits", () => {
  test("is started on one of them, and an exit that is none is told before the bot's first request", async () => {
    const made = await bench();
    await registerFor(made, "203.0.113.2");
    await made.fleet.clock.advance(10);
    expect([phaseOf(made), labelOf(made)]).toEqual(["running", "ams"]);
    expect(textsOf(made)).toContain(
      "fra is not used: it has the exit 203.0.113.1, which is not registered for this account. Register 203.0.113.1 with the venue, then put it on the list with `launch account edit alice --registered LIST`; `launch account ips alice` shows what is on it.",
    );
    expect(made.launcher.host.processes).toHaveLength(1);
    const events = made.fleet.memory.state.events.map(({ event }) => event.kind);
    expect(events).toContain("exit.unregistered");
  });

  test("never starts where none of them is left, and says which address is not registered", async () => {
    const made = await bench();
    await registerFor(made, "198.51.100.99");
    await made.fleet.clock.advance(1_000);
    expect(made.launcher.host.processes).toHaveLength(0);
    expect(phaseOf(made)).toBe("holding");
    expect(made.run.runner.state).toMatchObject({
      reason: expect.stringContaining(
        "fra has the exit 203.0.113.1, which is not registered for this account",
      ),
    });
  });
});
