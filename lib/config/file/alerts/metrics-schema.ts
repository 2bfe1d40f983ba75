import type { MetricsPlace } from "../../../domain/alerts/metrics-place.ts";
import { parseMetricsPlace } from "../../../domain/alerts/metrics-place.ts";
import * as shape from "../shape/shape.ts";

/** `metrics:` of launch.yaml: where Prometheus may ask for figures. */
export const metricsSchema = shape
  .string()
  .refine(
    (text) => parseMetricsPlace(text) !== undefined,
    "is not a loopback address with a port such as 127.0.0.1:9464, nor a socket such as unix:/run/launch-metrics.sock",
  );

/** The place as settings have it. */
export function metricsOf(text: string | undefined): MetricsPlace | undefined {
  return text === undefined ? undefined : parseMetricsPlace(text);
}
