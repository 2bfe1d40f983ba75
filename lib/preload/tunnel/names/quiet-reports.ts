/** Keeps diagnostic reports from asking the host's name server who is at both ends of each open socket, which Node does below JavaScript. Nodes before 20.13 have no such choice. */
export function quietReports(): void {
  const report: object = process.report;
  if (!("excludeNetwork" in report)) return;
  Reflect.set(report, "excludeNetwork", true);
  // Libraries set it for a look at the report's head, and put back what was there.
  Object.defineProperty(report, "excludeNetwork", { get: () => true, set: () => {}, enumerable: true });
}
