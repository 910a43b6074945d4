console.log('herald')
