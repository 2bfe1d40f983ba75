import { expect, test } from "vitest";
import { parsePublicRange } from "../../../lib/domain/ip.ts";
import { outOfReach, requireReachableWitnesses } from "../../../lib/policy/witness-reach.ts";

const lab = [parsePublicRange("127.0.0.0/8"), parsePublicRange("::1/128"), parsePublicRange("10.0.0.0/8")];
const whyOf = (witness: string, ranges = lab) => outOfReach([witness], ranges)[0]?.why;

test("a bot in the kernel tier reaches no loopback, whatever counts as public, and a private address only where it does", () => {
  for (const host of ["127.0.0.2:80", "localhost", "a.localhost:81", "[::1]:80", "[::ffff:127.0.0.1]"])
    expect(whyOf(`http://${host}/ip`), host).toContain("its own loopback");
  expect(whyOf("http://10.1.2.3/ip")).toBeUndefined();
  for (const host of ["10.1.2.3", "192.168.1.1:8080", "[fd00::1]", "169.254.0.1"])
    expect(whyOf(`http://${host}/ip`, []), host).toContain("private address");
  for (const host of ["w1.example", "203.0.113.9.example", "8.8.8.8", "[2001:4860:4860::8888]"])
    expect(whyOf(`https://${host}/ip`, []), host).toBeUndefined();
});

test("a start whose every witness is out of reach is refused with 78 and the line to write; one that is in reach is enough", () => {
  const loopback = "http://127.0.0.2:80/ip";
  const far = "http://10.0.0.5/ip";
  expect(() => requireReachableWitnesses("kernel", [loopback], lab)).toThrow(
    expect.objectContaining({
      code: "LAUNCH_CONFIG_INVALID",
      exitStatus: 78,
      hint: expect.stringContaining("witnesses: ["),
    }),
  );
  expect(() => requireReachableWitnesses("kernel", [far], [])).toThrow(
    expect.objectContaining({
      exitStatus: 78,
      hint: "Write in launch.yaml under network: public_ranges: [10.0.0.5/32].",
    }),
  );
  requireReachableWitnesses("kernel", [loopback, far], lab);
  requireReachableWitnesses("preload", [loopback], lab);
  requireReachableWitnesses("env", [loopback], lab);
});
