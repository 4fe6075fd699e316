// A letter as plain text.
import { Option } from "effect"
import type { Framed, FrameWords } from "./frame.ts"
import type { Block } from "./Letter.ts"

const blockText = (block: Block, words: FrameWords): string => {
  switch (block._tag) {
    case "Text":
      return block.text
    case "Code":
      return `${block.saying} ${block.code}`
    case "Facts":
      return block.facts.map(([label, value]) => `${label}: ${value}`).join("\n")
    case "Lines":
      return [
        ...block.lines.map(
          ({ name, quantity, unitPrice, total }) =>
            `${quantity} × ${name}\n    ${unitPrice} ${words.each}: ${total}`
        ),
        "",
        `${words.total}: ${block.total}`
      ].join("\n")
    case "Link":
      return `${block.label}: ${block.url}`
  }
}

export const textOf = ({ letter, greeting, words, shop }: Framed): string => {
  const footer = [
    "--",
    shop.name,
    ...Option.toArray(shop.address),
    letter.why,
    ...(Option.isSome(shop.replyTo) ? [words.questions] : [])
  ].join("\n")
  const paragraphs = [
    greeting,
    letter.intro,
    ...letter.blocks.map((block) => blockText(block, words)),
    footer
  ]
  return `${paragraphs.join("\n\n")}\n`
}
