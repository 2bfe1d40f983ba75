import { test } from "vitest";
import { reputationStates } from "../../lib/domain/reputation/reputation.ts";
import { type Instant, instant } from "../../lib/domain/time.ts";
import type { EventType } from "../../lib/policy/machine/event.ts";
import type { Phase } from "../../lib/policy/machine/state.ts";
import { cellOf, defaults, rows } from "../../lib/policy/machine/table/machine.ts";
import { acceptanceMoves } from "../../lib/policy/reputation/acceptance.ts";
import { accountStateOf } from "../../lib/policy/reputation/account-state.ts";
import { cellOf as reputationCell, reputationDefaults } from "../../lib/policy/reputation/reputation.ts";
import { expectGeneratedPart } from "../support/generated-part.ts";
import { type Edge, walkMachine } from "../support/machine/walk.ts";

const edges = walkMachine();
const phases = Object.keys(rows) as Phase[];

test("docs/states.md draws every move from phase to phase that a run can make", () => {
  expectGeneratedPart("docs/states.md", "drawing", drawing());
});

test("docs/states.md shows what each phase does otherwise than the defaults, and where that leads", () => {
  expectGeneratedPart("docs/states.md", "states", `${defaultsPart()}\n${phases.map(phasePart).join("\n")}`);
});

test("docs/states.md shows what each signal makes of a reputation, an acceptance and an account", () => {
  expectGeneratedPart("docs/states.md", "reputation", reputationPart());
  expectGeneratedPart("docs/states.md", "acceptance", acceptancePart());
  expectGeneratedPart("docs/states.md", "account", accountPart());
});

function reputationPart(): string {
  const signals = Object.keys(reputationDefaults) as (keyof typeof reputationDefaults)[];
  const cells = signals.map((signal) => {
    const moves = reputationStates.map((state) => moveOf(reputationCell(state, signal)));
    return [signal, ...moves];
  });
  return table(["signal", ...reputationStates], cells);
}

function moveOf(cell: string | { readonly name: string }): string {
  return cell === "stay" ? "" : wordsOf(cell);
}

function acceptancePart(): string {
  const states = Object.keys(acceptanceMoves) as (keyof typeof acceptanceMoves)[];
  const signals = Object.keys(acceptanceMoves.unknown) as (keyof typeof acceptanceMoves.unknown)[];
  const cells = signals.map((signal) => {
    const next = states.map((state) => acceptanceMoves[state][signal]);
    return [signal, ...next.map((state) => (state === "stay" ? "" : state))];
  });
  return table(["signal", ...states], cells);
}

function accountPart(): string {
  const phases = [
    "starting",
    "proving",
    "running",
    "switching",
    "backing_off",
    "holding",
    "stopping",
    "ended",
  ] as const;
  const now = instant(1);
  const stateOf = (phase: (typeof phases)[number], waitsUntil: Instant | undefined) =>
    accountStateOf({ isHeld: false, phase, waitsUntil }, now);
  const cells = phases.map((phase) => [phase, stateOf(phase, undefined), stateOf(phase, instant(2))]);
  return table(
    ["phase of its run", "state", "while a venue or a budget makes it wait"],
    [...cells, ["(an operator holds it)", "held", "held"]],
  );
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((word, index) =>
    Math.max(3, ...[head, ...rows].map((row) => (row[index] ?? word).length)),
  );
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join(" | ")} |`;
  const rule = line(widths.map((width) => "-".repeat(width)));
  return [line(head), rule, ...rows.map(line)].join("\n");
}

function drawing(): string {
  const arrows = new Map<string, string[]>();
  for (const { from, event, to } of edges.filter(isOwn)) {
    if (from === to) continue;
    const arrow = `${from} --> ${to}`;
    arrows.set(arrow, [...(arrows.get(arrow) ?? []), event]);
  }
  const lines = [...arrows].map(([arrow, events]) => `  ${arrow}: ${events.sort().join(", ")}`);
  return ["```mermaid", "stateDiagram-v2", "  [*] --> idle", ...lines.sort(), "  ended --> [*]", "```"].join(
    "\n",
  );
}

function isOwn({ from, event }: Edge): boolean {
  return event in rows[from];
}

function defaultsPart(): string {
  const events = Object.keys(defaults) as EventType[];
  const moves = events.filter((event) => typeof defaults[event] === "function");
  const named = (what: string) => events.filter((event) => defaults[event] === what).join(", ");
  return [
    "### in any phase but the last",
    "",
    ...moves.map((event) => `- ${event}: ${wordsOf(defaults[event])} → ${targetsOf(event)}`),
    "",
    `Changes nothing: ${named("stay")}.`,
    "",
    `Cannot happen: ${named("impossible")}.`,
    "",
  ].join("\n");
}

function targetsOf(event: EventType): string {
  const targets = edges.filter((edge) => edge.event === event && !isOwn(edge)).map(({ to }) => to);
  return [...new Set(targets)].sort().join(" or ");
}

function phasePart(phase: Phase): string {
  const events = Object.keys(rows[phase]) as EventType[];
  const lines = events.map((event) => {
    const cell = cellOf(phase, event);
    if (typeof cell === "string")
      return `- ${event}: ${cell === "stay" ? "changes nothing" : "cannot happen"}`;
    const targets = edges.filter((edge) => edge.from === phase && edge.event === event).map(({ to }) => to);
    const others = targets.filter((to) => to !== phase).sort();
    const stays = targets.includes(phase) ? ["stays"] : [];
    return `- ${event}: ${wordsOf(cell)} → ${[...others, ...stays].join(", ")}`;
  });
  return [`### ${phase}`, "", ...(lines.length === 0 ? ["Nothing changes anything."] : lines), ""].join("\n");
}

// Each handler is named after what it does.
function wordsOf(handler: string | { readonly name: string }): string {
  const { name } = typeof handler === "string" ? { name: handler } : handler;
  return name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
