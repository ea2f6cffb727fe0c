/** Seconds from 1900, where NTP time begins, to 1970 (RFC 7011 §6.1.9). */
const NTP_EPOCH_SECONDS = 2_208_988_800;
const ERA_SECONDS = 2 ** 32;
/** Seconds of the lower half are of the era that begins in 2036 (RFC 5905 §6). */
const ERA_PIVOT = 2 ** 31;
const ALL_ONES = 0xffffffff;
const DAY_MS = 86_400_000;
const YEAR_MS = 365 * DAY_MS;

/**
 * Reads 64 bits that RFC 7011 §6.1.9 and §6.1.10 lay down as seconds since 1900 and a binary
 * fraction. Some exporters (TNSR, Netscaler) count nano-, micro- or milliseconds since 1970
 * instead, or seconds since 1970 and a fraction. Such a reading is taken where the one of the RFC is more than a year
 * off the export time and the other within a day of it.
 *
 * @param high upper 32 bits
 * @param low lower 32 bits
 * @param exportMs export time, Unix milliseconds; 0 where the exporter has no clock
 * @returns Unix milliseconds with a fraction, NaN for 64 bits of zeros or of ones
 */
export function readNtp(high: number, low: number, exportMs: number): number {
  if (high === low && (high === 0 || high === ALL_ONES)) return NaN;
  const seconds = high < ERA_PIVOT ? high + ERA_SECONDS : high;
  const ntp = (seconds - NTP_EPOCH_SECONDS) * 1000 + low / 4_294_967.296;
  if (exportMs === 0 || Math.abs(ntp - exportMs) <= YEAR_MS) return ntp;
  for (let unit = 1_000_000; unit >= 1; unit /= 1000) {
    // 64 bits are more than a number holds: in two parts, each of which is exact.
    const upper = high * 2 ** 32;
    const left = upper % unit;
    const since1970 = Math.round((upper - left) / unit) + (left + low) / unit;
    if (Math.abs(since1970 - exportMs) <= DAY_MS) return since1970;
  }
  const unixSeconds = high * 1000 + low / 4_294_967.296;
  return Math.abs(unixSeconds - exportMs) <= DAY_MS ? unixSeconds : ntp;
}
