import { bundle } from "../../harness/bundle.mjs";
import { program } from "../../harness/places.mjs";

const way = "simulated fleet of 20 bots";

/** How fast the policy decides, in the simulator that the tests use. */
export const policy = {
  name: "policy",
  title: "Steps of the policy in the simulator",
  rounds: 5,
  limits:
    "A step is one look at one bot at one moment of the simulated time: its answers, its probes, a choice of the next exit where one is due. " +
    "The simulated database and world take part of the time.",
  figures: { "steps a second": { unit: "1/s" } },
  targets: [{ figure: "steps a second", way, least: 100_000 }],
  async open({ size, atEnd }) {
    const { simulate } = await import(await bundle({ atEnd }, program("simulate.ts")));
    return {
      [way]: () => {
        const { steps, ms } = simulate(size === "smoke" ? 1 : 30);
        return { "steps a second": (steps / ms) * 1_000 };
      },
    };
  },
};
