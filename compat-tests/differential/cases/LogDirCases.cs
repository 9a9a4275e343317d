using KafkaCompatBroker.Protocol.Messages;

namespace KafkaCompatBroker.CompatTests.Differential.Cases;

/// <summary>
/// What is in the log dirs. The dir's name and the space on its disk are not compared, nor topics that other scripts make.
/// </summary>
internal static class LogDirCases
{
    public static void DescribeLogDirs(Conversation talk, short version)
    {
        var name = $"measured-{version}";
        Topics.Make(talk, name, 2);
        talk.Ask("fill", 3, Topics.ProduceTo(name, Topics.Batch()));
        talk.Ask("fill", 3, Topics.ProduceTo(name, Topics.Batch()));

        Describe("all", null);
        Describe("none");
        Describe("one", (name, [0]));
        Describe("both, and one twice", (name, [1, 0, 0]));
        Describe("unknown partitions", (name, [9, -1]));
        Describe("no partition", (name, []));
        Describe("unknown topic", ("never-created", [0]));
        Describe("bad name", ("..", [0]));
        Describe("known and unknown", ("never-created", [0]), (name, [1]));

        void Describe(string what, params (string Topic, int[] Partitions)[]? topics)
        {
            using var quiet = talk.Unrecorded();
            var answer = quiet.Ask(what, version, new DescribeLogDirsRequest
            {
                Topics = topics is null ? null : [.. topics.Select(topic => new DescribeLogDirsRequest.DescribableLogDirTopic
                {
                    Topic = topic.Topic, Partitions = [.. topic.Partitions],
                })],
            });
            Assert.NotNull(answer);
            foreach (var dir in answer.Results)
            {
                Assert.True(Path.IsPathRooted(dir.LogDir));
                dir.LogDir = "<dir>";
                Assert.True(dir.TotalBytes >= dir.UsableBytes);
                (dir.TotalBytes, dir.UsableBytes) = (Math.Sign(dir.TotalBytes), Math.Sign(dir.UsableBytes));
                if (topics is null)
                    dir.Topics.RemoveAll(topic => topic.Name != name);
            }
            talk.Note($"{nameof(ApiKey.DescribeLogDirs)} v{version} {what}", answer);
        }
    }
}
