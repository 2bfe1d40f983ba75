import { nodeOfMajor } from "../../support/node-versions.ts";

export interface NodeUnderTest {
  readonly name: string;
  readonly path: string;
}

const here: NodeUnderTest = { name: `Node ${process.versions.node.split(".")[0]}`, path: process.execPath };
const others = [22, 24, 26].flatMap((major) => {
  const path = nodeOfMajor(major);
  return path === undefined || here.name === `Node ${major}` ? [] : [{ name: `Node ${major}`, path }];
});

/** Every Node that the preloads are proven on and that can be had here. */
export const nodes: readonly NodeUnderTest[] = [here, ...others];

/** Every case on every Node in the full size; in the short size each case on one Node, which the next case changes. */
export function onNodes<T extends readonly [title: string, ...rest: unknown[]]>(
  cases: readonly T[],
  candidates: readonly NodeUnderTest[] = nodes,
): [title: string, node: NodeUnderTest, given: T][] {
  const isFull = process.env["LAUNCH_TEST_SIZE"] === "full";
  return cases.flatMap((given, index) =>
    candidates
      .filter((_, place) => isFull || place === index % candidates.length)
      .map((node): [string, NodeUnderTest, T] => [`${node.name}: ${given[0]}`, node, given]),
  );
}
