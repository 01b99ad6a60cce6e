import { Cron } from "croner";
import { type ConfigIssue, formatPath, lineAt, nestedValues, type SourceMap } from "tideover/config";

/** The schedules that the calendar cannot read, so that a bad file is refused whole, also when it is taken anew. */
export function scheduleIssues(input: unknown, source: SourceMap): ConfigIssue[] {
  return nestedValues(input, "warm[].schedule").flatMap(({ path, value }): ConfigIssue[] => {
    const why = typeof value === "string" ? whyRefused(value) : undefined;
    if (why === undefined) return [];
    const line = lineAt(source, path);
    const message = `is no cron expression (${why}); write minute, hour, day, month and weekday, such as 0 3 * * *`;
    return [{ path: formatPath(path), message, ...(line === undefined ? {} : { line }) }];
  });
}

function whyRefused(schedule: string): string | undefined {
  try {
    // Paused: it only reads, and no timer runs.
    new Cron(schedule, { paused: true });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
