import { writeFileSync } from "node:fs";

// Preloaded into a measured process. Writes its peak memory, in kilobytes, to the file in QBO_PEAK_FILE.
process.on("exit", () => {
  const file = process.env["QBO_PEAK_FILE"];
  if (file !== undefined) writeFileSync(file, String(process.resourceUsage().maxRSS));
});
