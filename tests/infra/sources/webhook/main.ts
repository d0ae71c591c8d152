const greeting: string = 'the webhook';
console.log(greeting);
