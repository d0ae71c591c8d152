const greeting: string = 'the controller';
console.log(greeting);
