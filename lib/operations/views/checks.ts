import type { CheckedProxy } from "../proxies/check-proxies.ts";

/** The answer of `launch proxy check --json`: what each proxy showed. */
export function checksView(checked: readonly CheckedProxy[]) {
  return { version: 1, proxies: checked.map(checkView) };
}

function checkView(result: CheckedProxy) {
  return {
    proxy: result.label,
    verdict: result.verdict,
    outcome: result.outcome,
    message: result.message,
    exit_ip: result.exitIp ?? null,
    exit_ips: result.exitIps,
    exit_reach: result.reach ?? null,
    expected_ip: result.expectedIp ?? null,
    country: result.country ?? null,
    listed_country: result.listedCountry ?? null,
    agreed: result.agreed,
    asked: result.asked,
    latency_ms: result.latencyMs ?? null,
    same_exit_as: result.sameExitAs,
    vendor_notes: result.vendorNotes,
  };
}
