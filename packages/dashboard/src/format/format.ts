import type { Language } from "../language/language.tsx";

/** How numbers and times are written in one language. */
export interface Format {
  /** 1,234; 12.3k and 4.5M where long. */
  count(value: number): string;
  /** A share from 0 to 1 as a percentage; never rounds trouble away: 0.9999 is not 100%. */
  percent(share: number): string;
  /** A duration in ms: `85 ms`, `1.4 s`, `3 min`, `2 h`, `5 d`. */
  duration(ms: number): string;
  /** Bytes: `512 B`, `1.5 MiB`. */
  bytes(bytes: number): string;
  /** Requests or tokens a second. */
  rate(perSecond: number): string;
  money(amount: number, currency: string): string;
  /** A moment in ms since the Unix epoch: hours, minutes and seconds. */
  time(at: number): string;
  /** The same with the day. */
  moment(at: number): string;
  /** Weekday and hour. */
  hour(at: number): string;
  /** How long ago, or in how long. */
  since(at: number, now: number): string;
}

const LOCALES: Readonly<Record<Language, string>> = { en: "en-GB", zh: "zh-CN" };
const DURATIONS: Readonly<Record<Language, readonly [string, string, string, string, string]>> = {
  en: ["ms", "s", "min", "h", "d"],
  zh: ["ms", "s", "分", "小时", "天"],
};

/** The ways of one language. */
export function createFormat(language: Language): Format {
  const locale = LOCALES[language];
  const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
  const some = new Intl.NumberFormat(locale, { maximumSignificantDigits: 3 });
  const time = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  const moment = new Intl.DateTimeFormat(locale, {
    ...{ month: "short", day: "numeric" },
    ...{ hour: "2-digit", minute: "2-digit", second: "2-digit" },
  });
  const hour = new Intl.DateTimeFormat(locale, { weekday: "short", hour: "2-digit", minute: "2-digit" });
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto", style: "short" });
  const units = DURATIONS[language];

  const duration = (ms: number): string => {
    const [millisecond, second, minute, hourUnit, day] = units;
    if (ms === 0) return `0 ${millisecond}`;
    if (ms < 1) return `<1 ${millisecond}`;
    if (ms < 999.5) return `${whole.format(ms)} ${millisecond}`;
    if (ms >= 86_400_000 && ms % 86_400_000 === 0) return `${whole.format(ms / 86_400_000)} ${day}`;
    if (ms >= 3_600_000 && ms % 3_600_000 === 0 && ms < 172_800_000)
      return `${whole.format(ms / 3_600_000)} ${hourUnit}`;
    if (ms < 99_500) return `${some.format(ms / 1000)} ${second}`;
    if (ms < 99.5 * 60_000) return `${whole.format(ms / 60_000)} ${minute}`;
    if (ms < 47.5 * 3_600_000) return `${whole.format(ms / 3_600_000)} ${hourUnit}`;
    return `${whole.format(ms / 86_400_000)} ${day}`;
  };
  const count = (value: number): string => {
    if (Math.abs(value) < 10_000) return Number.isInteger(value) ? whole.format(value) : some.format(value);
    if (Math.abs(value) < 999_500) return `${some.format(value / 1000)}k`;
    return `${some.format(value / 1_000_000)}M`;
  };
  return {
    count,
    duration,
    percent: formatPercent,
    bytes: formatBytes,
    rate: (perSecond) => `${count(round(perSecond))}/s`,
    money(amount, currency) {
      const digits = { maximumFractionDigits: Math.abs(amount) < 1 ? 4 : 2 };
      return /^[A-Z]{3}$/.test(currency)
        ? new Intl.NumberFormat(locale, {
            style: "currency",
            currency,
            currencyDisplay: "narrowSymbol",
            ...digits,
          }).format(amount)
        : `${new Intl.NumberFormat(locale, digits).format(amount)} ${currency}`.trim();
    },
    time: (at) => time.format(at),
    moment: (at) => moment.format(at),
    hour: (at) => hour.format(at),
    since(at, now) {
      const seconds = Math.round((at - now) / 1000);
      const size = Math.abs(seconds);
      if (size < 60) return relative.format(seconds, "second");
      if (size < 3600) return relative.format(Math.round(seconds / 60), "minute");
      if (size < 172_800) return relative.format(Math.round(seconds / 3600), "hour");
      return relative.format(Math.round(seconds / 86_400), "day");
    },
  };
}

/** Two significant places below ten, one above; a share that is not whole is never shown as 0% or 100%. */
export function formatPercent(share: number): string {
  const percent = share * 100;
  if (percent > 100) return `${percent.toFixed(0)}%`;
  if (percent === 0 || percent === 100) return `${percent}%`;
  if (percent < 0.1) return "<0.1%";
  if (percent > 99.9) return ">99.9%";
  if (percent < 9.95 || percent > 98.95) return `${percent.toFixed(1)}%`;
  return `${percent.toFixed(0)}%`;
}

function formatBytes(bytes: number): string {
  const names = ["B", "KiB", "MiB", "GiB", "TiB"];
  let value = bytes;
  let index = 0;
  while (value >= 1024 && index < names.length - 1) {
    value /= 1024;
    index++;
  }
  return `${value >= 100 || index === 0 ? value.toFixed(0) : value.toFixed(1)} ${names[index] ?? "B"}`;
}

function round(value: number): number {
  return value >= 10 ? Math.round(value) : Math.round(value * 10) / 10;
}
