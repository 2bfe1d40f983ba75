import { describe, expect, test } from "vitest";
import { instant } from "../../../lib/domain/time.ts";
import { heartbeatFor, labelOf, runningBench, textsOf } from "./bench.ts";

const minute = 60_000;

function healthOf({ fleet }: Awaited<ReturnType<typeof runningBench>>, label: string) {
  const proxy = fleet.memory.state.proxies.find((each) => each.label === label);
  return fleet.memory.state.health.find(({ proxyId }) => proxyId === proxy?.id);
}

describe("standbys of a running bot", () => {
  test("are tried while nobody needs them: one that died is down before the day it is needed", async () => {
    const made = await runningBench({}, { hasProbes: true });
    await heartbeatFor(made, minute);
    expect(healthOf(made, "ams")?.state).toBe("up");
    const ams = made.fleet.net.proxies.get("ams");
    if (ams !== undefined) ams.fault = "refused";
    await heartbeatFor(made, 15 * minute);
    expect(healthOf(made, "ams")?.state).toBe("down");
    expect(labelOf(made)).toBe("fra");
    if (ams !== undefined) ams.fault = "none";
    await heartbeatFor(made, 10 * minute);
    expect(healthOf(made, "ams")?.state).toBe("up");
  });

  test("that this launcher does not run are another's to try", async () => {
    const made = await runningBench({}, { hasProbes: true });
    await heartbeatFor(made, 5 * minute);
    expect(healthOf(made, "par")).toBeUndefined();
  });

  test("are told once when they end soon", async () => {
    const made = await runningBench({}, { hasProbes: true });
    const { fleet } = made;
    const ams = fleet.memory.state.proxies.find(({ label }) => label === "ams");
    if (ams === undefined) throw new Error("no ams");
    const expiresAt = instant(fleet.clock.now() + 2 * 86_400_000);
    await fleet.store.proxies.update(ams.id, { expiresAt });
    await heartbeatFor(made, 130 * minute);
    const told = textsOf(made).filter((text) => text.includes("ams ends in less than 3 days"));
    expect(told).toHaveLength(1);
    const events = await fleet.store.history.list({ limit: 100 });
    expect(events.filter(({ kind }) => kind === "proxy.expiring")).toHaveLength(1);
  });

  test("are left alone where the operator switched that off", async () => {
    const made = await runningBench({}, { hasProbes: false });
    await heartbeatFor(made, 5 * minute);
    expect(healthOf(made, "ams")).toBeUndefined();
  });
});
