using KafkaCompatBroker.Protocol.Messages;

namespace KafkaCompatBroker.CompatTests.Differential.Cases;

/// <summary>
/// What is in the log dirs, and what is said of moves between them: each broker has one, so none begins. The dir's name and the space on
/// its disk are not compared, nor topics that other scripts make.
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

    public static void AlterReplicaLogDirs(Conversation talk, short version)
    {
        var name = $"moved-between-dirs-{version}";
        var tooLong = new string('l', 214);
        Topics.Make(talk, name, 2);
        string dir;
        using (var quiet = talk.Unrecorded())
            dir = quiet.Ask("dir", 1, new DescribeLogDirsRequest { Topics = [] })!.Results.Single().LogDir;

        Alter("the dir that it is in", (dir, name, [0, 1]));
        Alter("unknown partitions", (dir, name, [1, 9, -1]));
        Alter("unknown topic", (dir, "never-created", [0]));
        Alter("bad names", (dir, "..", [0]), (dir, "", [0]));
        Alter("unknown dir", ("/nowhere", name, [0]), ("/nowhere", "never-created", [1]));
        Alter("dir with a slash", (dir + "/", name, [0]));
        Alter("no dir", ("", name, [0]));
        Alter("name that no copy may have", (dir, tooLong, [0]), ("/nowhere", tooLong, [1]));
        Alter("longest name", (dir, tooLong[1..], [0, 10]));
        Alter("two dirs, the first unknown", ("/nowhere", name, [0]), (dir, name, [0]));
        Alter("two dirs, the last unknown", (dir, name, [0]), ("/nowhere", name, [0]));
        Alter("a partition twice", (dir, name, [0, 0]), (dir, name, [0]));
        Alter("no partition", (dir, name, []));
        Alter("nothing");

        void Alter(string what, params (string Path, string Topic, int[] Partitions)[] wanted)
        {
            using var quiet = talk.Unrecorded();
            var answer = quiet.Ask(what, version, new AlterReplicaLogDirsRequest
            {
                Dirs = [.. wanted.Select(each => new AlterReplicaLogDirsRequest.AlterReplicaLogDir
                {
                    Path = each.Path, Topics = [new() { Name = each.Topic, Partitions = [.. each.Partitions] }],
                })],
            });
            Assert.NotNull(answer);
            // Kafka answers in the order of a hash table.
            answer.Results.Sort((one, other) => string.CompareOrdinal(one.TopicName, other.TopicName));
            foreach (var topic in answer.Results)
                topic.Partitions.Sort((one, other) => one.PartitionIndex.CompareTo(other.PartitionIndex));
            talk.Note($"{nameof(ApiKey.AlterReplicaLogDirs)} v{version} {what}", answer);
        }
    }
}
