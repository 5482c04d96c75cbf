using System.CommandLine;

var root = new RootCommand("Tags landscape photographs of Britain and Ireland with CLIP embeddings.");
return await root.Parse(args).InvokeAsync();
