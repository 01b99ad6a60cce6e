import type { Language } from "../products.ts";

/** What the shop says, to people. */
export interface Words {
  readonly shop: string;
  /** The link to the same page in the other language. */
  readonly otherLanguage: string;
  readonly back: string;
  readonly add: string;
  readonly name: string;
  readonly category: string;
  readonly features: string;
  readonly suggestions: string;
  readonly notice: string;
  readonly questionLabel: string;
  readonly question: string;
  readonly ask: string;
  readonly poem: string;
  /** What the adviser is asked for it. */
  readonly poemQuestion: string;
  readonly noSuchPage: string;
  readonly incomplete: string;
  readonly old: (age: string) => string;
  readonly oldAndAlone: (age: string) => string;
  readonly seconds: (count: number) => string;
  readonly minutes: (count: number) => string;
  readonly hours: (count: number) => string;
  readonly queued: string;
  readonly better: string;
  readonly none: string;
  readonly brokeOff: string;
}

/** In each language of the shop. */
export const WORDS: Readonly<Record<Language, Words>> = {
  en: {
    shop: "Harbour shop",
    otherLanguage: "中文",
    back: "All products",
    add: "Add a product",
    name: "Name",
    category: "Category",
    features: "Features",
    suggestions: "Goes well with",
    notice: "Our texts may be shorter than usual right now.",
    questionLabel: "Ask our adviser:",
    question: "What is it good for?",
    ask: "Ask",
    poem: "Write me a poem about it",
    poemQuestion: "Write a poem of four lines about it.",
    noSuchPage: "There is no such page.",
    incomplete: "A product needs a name, a category and features, each of at most 200 characters.",
    old: (age) => `This text is ${age} old.`,
    oldAndAlone: (age) => `This text is ${age} old: the shop cannot be reached.`,
    seconds: (count) => `${count} s`,
    minutes: (count) => `${count} min`,
    hours: (count) => `${count} h`,
    queued: "The text has been ordered.",
    better: "A better text is being written.",
    none: "There is no description right now.",
    brokeOff: "The answer broke off. Ask again in a moment.",
  },
  zh: {
    shop: "港口商店",
    otherLanguage: "English",
    back: "全部商品",
    add: "添加商品",
    name: "名称",
    category: "类别",
    features: "特点",
    suggestions: "搭配推荐",
    notice: "目前我们的文字可能比平时简短。",
    questionLabel: "咨询顾问：",
    question: "它有什么用？",
    ask: "提问",
    poem: "为它写一首诗",
    poemQuestion: "请为它写一首四行的诗。",
    noSuchPage: "没有这个页面。",
    incomplete: "商品需要名称、类别和特点，每项最多 200 个字符。",
    old: (age) => `这段文字写于${age}前。`,
    oldAndAlone: (age) => `这段文字写于${age}前：现在无法连接商店。`,
    seconds: (count) => ` ${count} 秒`,
    minutes: (count) => ` ${count} 分钟`,
    hours: (count) => ` ${count} 小时`,
    queued: "文字已下单。",
    better: "正在撰写更好的文字。",
    none: "目前没有描述。",
    brokeOff: "回答中断了，请稍后再问。",
  },
};
