// `order-processing/layers/aws`: the order queue and its dead letters on SQS, mail by SES.
export * as SesClient from "../../layers/aws/SesClient.ts"
export * as SesMailer from "../../layers/aws/SesMailer.ts"
export * as SqsClient from "../../layers/aws/SqsClient.ts"
export * as SqsDeadLetters from "../../layers/aws/SqsDeadLetters.ts"
export * as SqsOrderQueue from "../../layers/aws/SqsOrderQueue.ts"
export * as usableQueues from "../../layers/aws/usableQueues.ts"
